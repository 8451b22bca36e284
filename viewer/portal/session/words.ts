/** Sentences of signing in and out. */
import { words } from '../language/words.ts'

export const sessionWords = words({
  product: ['县域医学影像', 'County Imaging'],
  subtitle: ['乡镇检查 · 县级诊断 · 病区阅片', 'Township exams · county reading · ward viewing'],
  username: ['用户名', 'User name'],
  password: ['密码', 'Password'],
  signIn: ['登录', 'Sign in'],
  signOut: ['退出登录', 'Sign out'],
  stillIn: ['还没有退出登录。', 'You are still signed in.'],
  needed: ['请填写', 'Please fill in'],
  wrong: ['用户名或密码不对', 'User name or password is not right'],
  demoTitle: ['演示账户（点击直接登录）', 'Demo accounts (click to sign in)'],
  demoNote: ['演示数据全部为合成影像。', 'All demo images are synthetic.'],
  setupTitle: ['建立第一个管理员', 'Make the first administrator'],
  setupText: [
    '系统还没有管理员。请在程序日志里找到一次性口令，建立影像中心和管理员账户。',
    'There is no administrator yet. The one-time token is in the log of the program; make the reading centre and its administrator.',
  ],
  setupToken: ['一次性口令', 'One-time token'],
  tokenWrong: [
    '口令不是日志里最新的那个，或者已超过一天（重新启动程序会给出新口令），或者管理员已经建立',
    'The token is not the latest in the log, it is older than a day (a restart gives a new one), or there is an administrator already',
  ],
  setupMake: ['建立', 'Make'],
  centreName: ['影像中心名称', 'Name of the reading centre'],
  centreCode: ['机构代码', 'Code of the institution'],
  codeRule: ['字母、数字、- 和 _，最多 32 个', 'Letters, digits, - and _, at most 32'],
  displayName: ['姓名', 'Name'],
  passwordRule: ['至少 10 位', 'At least 10 characters'],
  expiredTitle: ['登录已过期', 'Your session has expired'],
  expiredText: [
    '请输入密码继续。正在书写的内容都还在，登录后自动保存。',
    'Enter your password to go on. What you were writing is still here and is saved when you are back.',
  ],
  continue: ['继续', 'Continue'],
  otherUser: ['换人登录', 'Sign in as somebody else'],
  otherUserAsk: [
    '离开 {name} 的会话？本机保留其未保存的内容，只有本人能再看到。',
    'Leave the session of {name}? Unsaved text stays on this PC for that person only.',
  ],
})
