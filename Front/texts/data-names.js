// What the fields of user/export/ are called in Chinese. A field that is missing here is shown under its own name.

const NAMES = {
  profile: '个人资料', openid: '微信用户标识', nickname: '昵称', avatar: '头像', avatarURL: '头像在手机上的位置',
  registeredTime: '注册时间', lastLoginTime: '最近登录',
  patients: '就诊人', name: '姓名', sex: '性别', phone: '电话', idcard: '证件号码', idcardKind: '证件类型', relation: '关系', if18: '是否成年',
  consentTime: '单独同意的时间', guardianConsentTime: '监护人同意的时间', deletedTime: '删除时间',
  orders: '订单', id: '订单号', hospital: '医院', department: '科室', wantTime: '就诊日期', service: '服务', patient: '就诊人',
  more: '特殊要求', price: '价格', progress: '状态', date: '下单时间', paidTime: '付款时间',
  refunds: '退款', amount: '金额', kind: '申请', reason: '原因', officeReason: '客服说明',
  changes: '改动', time: '时间', before: '原来', after: '改为', visitTime: '就诊时间', campus: '院区', meetingPoint: '见面地点',
  contactPhoneEnd: '联系电话后四位', rating: '评价', stars: '星级', comment: '评语', commentState: '评语的审核', notPublished: '还没有公开的', state: '状态',
  tags: '评价的标签', answer: '客服的回复', contactPhone: '当天联系电话', appointment: '号源', mobility: '行动', hearing: '听力',
  answers: '服务要问的', label: '问题', text: '内容', preferredEscortId: '希望的陪诊员编号',
  escortProfile: '陪诊员介绍', introduction: '介绍', years: '从业年数', portrait: '照片', shown: '公开展示', verifiedOn: '证件核验日期', waiting: '待审核的',
  officeCustomer: '电话下单时留的资料', addedTime: '添加时间', escortWork: '派单与请假', invitations: '派给我的单', outcome: '结果', pay: '报酬', offeredTime: '派单时间', leave: '请假', half: '时段', documents: '我的证件', earnings: '我的报酬', statements: '结算单', transfers: '微信付款', statementId: '结算单编号', endedTime: '结束时间', proposedSupplements: '我提出的补款',
  devices: '登录中的设备', device: '设备', createdTime: '登录时间', lastUsedTime: '最近使用',
  sharing: '分享', members: '我分享给谁', cards: '我发出的邀请卡片', sharedWithMe: '分享给我的', paidForOthers: '我替别人付的款',
  role: '身份', scope: '范围', sharedId: '订单号或就诊人编号', since: '开始时间', ended: '结束时间', sentTime: '发出时间',
  expiresTime: '失效时间', usedTime: '接受时间', revokedTime: '撤回时间', paidOrder: '订单号',
  messages: '消息提醒', message: '消息', remaining: '还能收到几条', refused: '是否拒收', updatedTime: '更新时间',
  consents: '单独同意', consent: '同意什么', version: '说明文字的版本', answeredTime: '回答时间', withdrawnTime: '撤回时间',
  visits: '陪诊记录', orderId: '订单号', startedTime: '开始时间', steps: '步骤', title: '名称', phoneTime: '手机上的时间', note: '备注',
  skipped: '没有记录的步骤', place: '位置', latitude: '纬度', longitude: '经度', photos: '照片', file: '文件', jpeg: '照片内容（JPEG，Base64）',
  report: '陪诊报告', doctor: '医生怎么说', examinations: '检查', resultOn: '出结果的时间', medicines: '药品', use: '用法', nextVisit: '下次就诊',
  day: '日期', papers: '交还的资料', outlays: '垫付', what: '用途', amountFen: '金额（分）', summary: '小结', author: '谁写的',
  confirmedTime: '确认时间', confirmedBy: '怎样确认', entries: '补充和问答', entry: '类型', troubles: '遇到的问题', resolution: '处理结果',
  supplements: '补款', complaints: '投诉与建议', stateText: '状态', invoices: '发票', taxNumber: '税号', email: '邮箱', number: '发票号码',
  reversalNumber: '红字发票号码', decidedTime: '处理时间', pdf: '发票内容（PDF，Base64）',
  questions: '我提的问题', escortSteps: '我作为陪诊员的步骤',
  caregiver: '陪诊员申请', status: '审核状态', appliedTime: '申请时间',
  approvedName: '已通过的姓名', approvedPhone: '已通过的电话',
}

const VALUES = { sex: { m: '男', w: '女' }, if18: { y: '是', n: '否' }, refused: { y: '是', n: '否' }, shown: { y: '是', n: '否' },
  appointment: { registered: '已挂号', help: '需要协助', not_needed: '不需要' }, mobility: { independent: '能自己走', cane: '用拐杖', wheelchair: '坐轮椅' },
  hearing: { good: '听力好', impaired: '听力不好' }, role: { family: '家人', payer: '付款人' }, scope: { order: '一个订单', patient: '就诊人的全部订单' },
  consent: { visit_record: '记录就诊情况' }, entry: { addition: '补充', question: '问题', answer: '回答' }, confirmedBy: { user: '家人确认', time: '到期自动确认' },
  outcome: { offered: '等待接单', accepted: '已接单', declined: '不方便', expired: '没有回应', withdrawn: '已收回', taken: '已被别人接走' },
  half: { am: '上午', pm: '下午', day: '全天' } }

module.exports = { NAMES, VALUES }
