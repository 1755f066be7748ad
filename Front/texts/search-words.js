// Words under which people look for things, besides their names.

/** Other words for what a service's name says: a search for one of them finds the services that have `in` in their name. */
const SYNONYMS = [
  { in: ['药'], words: ['买药', '取药', '开药', '配药', '代买', '拿药'] },
  { in: ['结果'], words: ['报告', '化验单', '片子', '取结果', '送结果', '检查单'] },
  { in: ['约号', '约诊'], words: ['挂号', '抢号', '预约号', '号源', '专家号'] },
  { in: ['问诊'], words: ['看病', '代看', '代诊', '咨询医生'] },
  { in: ['病案'], words: ['病历', '复印', '出院', '报销'] },
  { in: ['陪诊'], words: ['陪护', '陪同', '陪看病', '陪老人', '轮椅', '就医'] },
]

/** Departments that most hospitals have: found even where a hospital has listed none. */
const DEPARTMENTS = [
  '心内科', '心外科', '神经内科', '神经外科', '消化内科', '呼吸内科', '内分泌科', '肾内科', '血液科', '风湿免疫科', '肿瘤科', '普外科', '骨科', '泌尿外科', '妇科', '产科',
  '儿科', '眼科', '耳鼻喉科', '口腔科', '皮肤科', '中医科', '康复科', '疼痛科', '老年科', '感染科', '精神心理科', '体检中心',
]

module.exports = { SYNONYMS, DEPARTMENTS }
