"""The acts of the audit log, in words. A test sees to it that every act which the code writes is here."""

from __future__ import annotations

_TABLES = {
    "hospitals": "医院",
    "services": "服务",
    "experts": "专家",
    "banners": "轮播图",
    "showcases": "案例",
}
ACTS = {
    "login": "登录",
    "logout": "退出",
    "order.assign": "安排陪诊员",
    "order.unassign": "取消安排",
    "order.finish": "完成订单",
    "order.reopen": "重新打开订单",
    "order.notes": "修改订单备注",
    "order.export": "导出订单",
    "patient.reveal.phone": "查看就诊人电话",
    "patient.reveal.id_number": "查看就诊人证件号码",
    "escort.approve": "通过陪诊员",
    "escort.reject": "拒绝陪诊员",
    "escort.suspend": "停用陪诊员",
    "escort.remark": "修改陪诊员备注",
    "escort.reveal.phone": "查看陪诊员电话",
    "refund.start": "发起退款",
    "refund.approve": "通过退款",
    "refund.reject": "拒绝退款",
    "refund.renew": "重新退款",
    "refund.retry": "重试或查询退款",
    "refund.withdraw": "撤回退款",
    "case.close": "关闭异常",
    "case.review": "重新核对收款",
    "case.release": "放开订单",
    "reconcile.run": "重新对账",
    "user.remark": "修改用户备注",
    "user.disable": "停用用户",
    "user.enable": "启用用户",
    "user.export": "导出用户资料",
    "user.delete": "删除用户资料",
    "account.create": "新建员工账号",
    "account.disable": "停用员工账号",
    "account.enable": "启用员工账号",
    "account.role": "修改员工角色",
    "account.password": "重设员工密码",
    "account.end_sessions": "结束员工的会话",
    "account.own_password": "修改自己的密码",
    "account.end_session": "结束自己的会话",
    "account.totp_on": "开启两步验证",
    "account.totp_off": "关闭两步验证",
    "catalog.experts.import": "导入专家",
    **{
        f"catalog.{table}.{act}": f"{verb}{label}"
        for table, label in _TABLES.items()
        for act, verb in (
            ("create", "新建"),
            ("change", "修改"),
            ("archive", "下架"),
            ("restore", "重新上架"),
            ("order", "调整顺序："),
        )
    },
}
SUBJECTS = {
    "order": "订单",
    "patient": "就诊人",
    "escort": "陪诊员",
    "refund": "退款",
    "case": "异常",
    "bill": "账单",
    "user": "用户",
    "administrator": "员工账号",
    **_TABLES,
}
