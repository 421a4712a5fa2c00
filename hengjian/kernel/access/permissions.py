"""Grants on accounts, duties and the tables of the sign-in libraries; verbs of account administration."""

from hengjian.kernel.access.declare import DRC, EVERYONE, OFFICIALS, Role, Verb
from hengjian.kernel.database.declare import Kind, Table
from hengjian.kernel.text import N_

_ALL = "SELECT INSERT UPDATE DELETE"
_ADMIN_WRITES = {Kind.ADMIN: "SELECT INSERT UPDATE", Kind.WORKER: "SELECT INSERT UPDATE"}
# Officials appoint within their scope (people.services): a duty is added, and later ended; nothing else changes.
_APPOINTED = {**_ADMIN_WRITES, Kind.STAFF: "SELECT INSERT UPDATE(valid_to)"}

VERBS = (
    Verb("access.account.open", N_("开通账号"), frozenset({Role.SYSTEM_ADMIN}), platform=True),
    Verb("access.account.close", N_("停用账号"), frozenset({Role.SECURITY_ADMIN}), platform=True),
    Verb("access.account.reset", N_("重置密码"), frozenset({Role.SECURITY_ADMIN}), platform=True),
    Verb("access.duty.assume", N_("切换岗位"), EVERYONE),
    Verb("access.factor.change", N_("变更两步验证"), EVERYONE),
    Verb("access.password.change", N_("修改密码"), EVERYONE),
    Verb("audit.entry.view", N_("查看操作记录"), OFFICIALS | {Role.OVERSIGHT, Role.AUDIT_ADMIN}),
    Verb("access.session.open", N_("登录"), EVERYONE),
    # Who may deliver what for whom is the commission's to decide; the security administrator can stop any key.
    Verb("access.sender.view", N_("查看报送单位系统"), DRC | {Role.SECURITY_ADMIN}),
    Verb("access.sender.register", N_("登记报送单位系统"), DRC),
    Verb("access.key.issue", N_("签发密钥"), DRC),
    Verb("access.key.revoke", N_("吊销密钥"), DRC | {Role.SECURITY_ADMIN}),
)

TABLES = (
    # Sign-in must read accounts before anybody is known; names are shown beside acts.
    Table(
        "access_account",
        # Officials register senders' systems (access.senders), which are accounts without a password.
        grants=_ADMIN_WRITES | {Kind.STAFF: "SELECT INSERT"},
        everyone="SELECT UPDATE(password,last_login,password_changed_at,must_change_password)",
    ),
    Table(
        "access_password_history", grants={Kind.WORKER: "SELECT INSERT"}, everyone="SELECT INSERT"
    ),
    Table("access_duty", grants=_APPOINTED, everyone="SELECT"),
    Table("access_reach", grants=_APPOINTED, everyone="SELECT"),
    Table(
        "access_sender",
        grants={Kind.STAFF: "SELECT INSERT", Kind.WORKER: "SELECT INSERT"},
        everyone="SELECT",
    ),
    # A request proves its key before anybody is known; only a digest of 256 random bits can be read.
    Table(
        "access_key",
        grants={
            Kind.ANONYMOUS: "SELECT",
            Kind.STAFF: "SELECT INSERT UPDATE(expires_at,revoked_at)",
            Kind.ADMIN: "SELECT UPDATE(expires_at,revoked_at)",
            Kind.WORKER: "SELECT INSERT UPDATE",
        },
        login="SELECT UPDATE(last_used_at)",
    ),
    Table("access_bucket", grants={Kind.WORKER: _ALL}, login="SELECT INSERT UPDATE"),
    Table("django_session", grants={Kind.WORKER: _ALL}, everyone=_ALL, login=_ALL),
    Table("account_emailaddress", everyone="SELECT"),
    Table("account_emailconfirmation"),
    Table("mfa_authenticator", grants={Kind.WORKER: _ALL}, everyone=_ALL),
    Table("usersessions_usersession", grants={Kind.WORKER: _ALL}, everyone=_ALL),
    Table(
        "socialaccount_socialaccount", grants={Kind.WORKER: _ALL}, everyone="SELECT INSERT UPDATE"
    ),
    Table("socialaccount_socialapp", everyone="SELECT"),
    Table("socialaccount_socialtoken", everyone="SELECT INSERT UPDATE"),
    Table("axes_accessattempt", grants={Kind.WORKER: _ALL}, everyone=_ALL),
    Table("axes_accessattemptexpiration", grants={Kind.WORKER: _ALL}, everyone=_ALL),
    Table("axes_accesslog", grants={Kind.WORKER: _ALL}, everyone="SELECT INSERT UPDATE"),
    Table("axes_accessfailurelog", grants={Kind.WORKER: _ALL}),
    Table("auth_group"),
    Table("auth_group_permissions"),
    Table("auth_permission"),
    Table("django_content_type", everyone="SELECT"),
    Table("django_migrations", everyone="SELECT", grants={Kind.WORKER: "SELECT"}),
)
