/** Sentences of joining and splitting tasks. */
import { words } from '../language/words.ts'

export const partWords = words({
  join: ['合并检查', 'Join'],
  joinAsk: ['把哪项检查并入 {name} 的这份报告？', 'Which study is read in this report of {name}?'],
  joinText: [
    '只列出同一患者尚未报告的检查。合并后一起阅片，出一份报告。',
    'Studies of the same person without a report. They are read and reported together.',
  ],
  joinNone: ['该患者没有其他待报告的检查。', 'This patient has no other study without a report.'],
  joined: ['已合并，{name} 的检查出一份报告', 'Joined: one report for {name}'],
  split: ['拆分检查', 'Split'],
  splitAsk: ['从 {name} 的任务中拆出哪一部分？', 'What leaves this task of {name}?'],
  splitText: ['拆出的部分成为单独的任务，另出一份报告。', 'It becomes a task of its own with a report of its own.'],
  splitStudy: ['并入的检查', 'A study that was joined'],
  splitSeries: ['本检查的序列', 'Series of this study'],
  procedure: [
    '拆出部分的检查项目（如：腹部CT平扫）；不选序列时必填',
    'Procedure of that part (such as CT abdomen); needed when no series is chosen',
  ],
  nothing: ['请选择要拆出的序列，或填写检查项目', 'Choose series, or name the procedure'],
  split_done: ['已拆分，新任务在待诊断列表中', 'Split: the new task is on the list'],
  series: ['序列 {n} {name}（{images} 幅）', 'Series {n} {name} ({images})'],
  reason: ['原因', 'Why'],
  choose: ['请选择检查', 'Choose a study'],
})
