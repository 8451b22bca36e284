/** What each refusal of the reading workflow is in HTTP, and the sentence for people. Other errors are answered by the koa stack (http.ts). */
import type { Middleware } from 'koa'
import { type CardProblem, cardProblems } from '../../archive/orders/identity-card.ts'
import { type RefusalCode, Refused } from '../../archive/reading/refused.ts'
import { criticalRefusals } from './critical-refusals.ts'

interface Answer {
  readonly http: number
  readonly zh: string
  readonly en: string
}

const answer = (http: number, zh: string, en: string): Answer => ({ http, zh, en })

const cardRefusals = Object.fromEntries(
  Object.entries(cardProblems).map(([problem, { zh, en }]) => [`card-${problem}`, answer(422, zh, en)]),
) as Record<`card-${CardProblem}`, Answer>

export const refusals: Readonly<Record<RefusalCode, Answer>> = {
  'wrong-state': answer(409, '任务状态已改变，不能执行此操作，请刷新后查看', 'The workitem has moved on; this cannot be done now'),
  'not-yours': answer(403, '您没有执行此操作的权限', 'This is not yours to do'),
  'held-by-another': answer(409, '该任务正由其他医师处理', 'Somebody else holds this workitem'),
  'stale-generation': answer(409, '任务已在别处被操作，请刷新后再试', 'The workitem has changed hands since you looked'),
  'lease-running': answer(409, '该任务仍在书写中', 'The lease has not run out'),
  'reason-missing': answer(422, '请填写原因', 'A reason is needed'),
  'draft-incomplete': answer(
    422,
    '检查所见、诊断意见和阴性/阳性必须全部填写',
    'Findings, impression and negative/positive must all be there',
  ),
  'same-person': answer(409, '报告医师与审核医师不能为同一人', 'Author and reviewer must be two people'),
  'pin-needed': answer(403, '请输入签名口令', 'Signing needs your PIN'),
  'pin-unset': answer(409, '您还没有设置签名口令，请先设置', 'You have no PIN for signing yet; set one first'),
  'wrong-pin': answer(403, '签名口令不正确', 'The PIN is wrong'),
  'pin-locked': answer(429, '签名口令错误次数过多，已暂时锁定，请 15 分钟后再试', 'Too many wrong PINs; signing is locked for 15 minutes'),
  'not-normal': answer(409, '只有阴性的体检报告可以批量审核', 'Only normal health checks are signed in a batch'),
  'pin-weak': answer(
    422,
    '口令须为 6 至 12 位数字，且不能是连续或重复的数字',
    'A PIN has 6 to 12 digits, not all the same and not in sequence',
  ),
  'reasons-missing': answer(422, '请选择退回原因', 'Choose why it is returned'),
  'images-unseen': answer(
    422,
    '您还没有看过该检查的全部图像（包括新到的和合并的检查），请先阅片，或填写原因',
    'You have not looked at all images, the newest and those of joined studies among them: do, or say why not',
  ),
  reserved: answer(409, '该任务已预留给其他医师', 'The workitem is kept for another reader'),
  'assignee-unfit': answer(422, '该账号不是本中心的报告医师', 'That account does not read at this centre'),
  'urgency-missing': answer(422, '请选择新的紧急程度', 'Choose another urgency'),
  'not-urgent': answer(
    409,
    '只有急诊、绿色通道或危急值检查可以发临时报告',
    'Only an emergency or a critical value may be released before review',
  ),
  'policy-off': answer(409, '本中心不允许发临时报告', 'This centre does not release reports before review'),
  amending: answer(409, '正在补充或更正已发布的报告，请先完成或放弃', 'A signed report is being amended; finish that or give it up'),
  'not-amending': answer(409, '没有正在进行的补充或更正', 'No report is being amended'),
  'amendment-missing': answer(422, '请选择补充或更正，更正须选择类别', 'Say whether it is an addendum or a correction, and of which class'),
  'amendment-not-yours': answer(403, '更正须由审核医师或主任进行', 'Corrections are made by reviewers and the chief'),
  'report-stands': answer(409, '已有对外可见的报告，不能取消', 'A report can be seen already; this cannot be undone so'),
  'undo-over': answer(409, '已超过撤回时限', 'It is too late to take the signature back'),
  'report-seen': answer(
    409,
    '报告已被查看、打印或发送，不能撤回，请用更正',
    'The report has been seen, printed or sent; correct it instead',
  ),
  'own-report': answer(409, '不能评议自己签名的报告', 'Nobody reviews a report that they signed'),
  'peer-settled': answer(409, '该评议已在别处处理，请刷新', 'This peer review has moved on; look again'),
  'comment-missing': answer(422, '请填写说明', 'A comment is needed'),
  'month-running': answer(409, '该月尚未结束，结束后才能抽样', 'The month is not over; it is drawn afterwards'),
  'nothing-new': answer(409, '没有新增图像', 'There are no new images'),
  'wrong-password': answer(401, '用户名或密码错误', 'The username or the password is wrong'),
  locked: answer(429, '密码错误次数过多，账号已暂时锁定，请稍后再试', 'Too many wrong passwords; the name is locked for a while'),
  busy: answer(503, '系统繁忙，请稍后再试', 'Too many sign-ins at once; try again'),
  'screen-locked': answer(423, '已锁屏，请先输入密码或口令解锁', 'The page is locked; unlock it with your password or PIN'),
  'signed-out': answer(401, '请先登录', 'Sign in first'),
  'cross-site': answer(403, '请求来自其他网站，已拒绝', 'The request came from another site'),
  'draft-conflict': answer(409, '报告已在别处被修改，请比较后再保存', 'The draft was changed elsewhere; compare before saving'),
  'lease-lost': answer(409, '您已不再持有该任务，文字仍保留在本机', 'You no longer hold this workitem; your text is still in this browser'),
  unchecked: answer(
    422,
    '报告检查有未处理的问题，请修改或填写理由',
    'The checks of the report found something: correct it, or say why it stands',
  ),
  'phrases-full': answer(409, '模板数量已达上限，请先删除不用的', 'There is no room for more templates; delete some first'),
  'other-person': answer(409, '两项检查不属于同一患者，不能合并', 'The two studies belong to two people; they are not joined'),
  'key-reused': answer(422, 'Idempotency-Key 已用于另一请求', 'The Idempotency-Key was used for another request'),
  'supplement-conflict': answer(409, '补充资料已在别处被修改，请查看后再保存', 'The supplement was changed elsewhere'),
  'not-read-at-county': answer(409, '该检查不送县级诊断', 'This study is not read at the county'),
  'return-closed': answer(409, '该退回已不再等待重拍', 'The return does not wait for new images any more'),
  'retake-unfit': answer(409, '该检查已在诊断或已关联其他退回，不能作为重拍', 'The study is being read, or is the retake of another'),
  'order-changed': answer(409, '申请单已在别处被修改，请刷新后再试', 'The order was changed elsewhere; look again'),
  'order-state': answer(409, '申请单状态已改变，不能执行此操作', 'The order has moved on; this cannot be done now'),
  'order-settled': answer(
    409,
    '检查已开始，患者、检查项目和设备不能再修改，仅可修改临床资料、紧急程度、科室、病区床号和申请医师',
    'The exam has begun: only clinical information, urgency, department, ward, bed and requester can still be changed',
  ),
  'already-matched': answer(409, '该检查已匹配申请单或已处理，请刷新', 'This study has its order already'),
  'not-matched': answer(409, '该检查没有匹配申请单', 'This study has no order'),
  'card-contradicts': answer(422, '性别或出生日期与身份证号不符', 'Sex or date of birth is not that of the identity card'),
  ...cardRefusals,
  ...criticalRefusals,
}

export const answerRefusals: Middleware = async (ctx, next) => {
  try {
    await next()
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { http, zh, en } = refusals[error.code]
    ctx.status = http
    if (http === 503 || http === 429) ctx.set('Retry-After', '30')
    ctx.body = { error: { code: error.code, zh, en, detail: error.message, current: error.current } }
  }
}
