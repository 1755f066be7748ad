// The separate consent to the record of a visit (PIPL, article 29). The server names the version that it belongs to.

const PARAGRAPHS = [
  '陪诊员会把陪诊的经过告诉您和您邀请的家人：每一步的说明和照片，以及结束后的陪诊报告（医生说了什么、做了哪些检查、药怎么吃）。',
  '这些是就诊人的敏感个人信息。它们加密保存，只有您、您邀请的家人、这次的陪诊员和客服能看；到期自动删除，您也可以随时撤回同意并要求删除。',
  '不同意也能正常陪诊：您仍然看得到每一步的时间，但没有文字、照片和报告。',
]

module.exports = { PARAGRAPHS }
