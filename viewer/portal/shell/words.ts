/** Sentences of the frame around every page. */
import { words } from '../language/words.ts'

export const shellWords = words({
  reading: ['阅片', 'Reading'],
  orders: ['申请单', 'Orders'],
  board: ['检查发送', 'Exam board'],
  unmatched: ['未匹配', 'Unmatched'],
  patients: ['患者与冲突', 'Patients'],
  ward: ['病区', 'Ward'],
  settings: ['设置', 'Settings'],
  live: ['实时', 'Live'],
  liveHint: ['列表随服务器实时更新', 'Lists follow the server at once'],
  asking: ['轮询', 'Polling'],
  askingHint: ['实时连接断开，每 8 秒自动刷新', 'The live line is down; lists refresh every 8 seconds'],
  notFoundTitle: ['没有这个页面', 'There is no such page'],
  notFoundText: [
    '地址可能写错了，或者你的账户没有这个页面的权限。',
    'The address may be mistyped, or your account does not have this page.',
  ],
  home: ['回到首页', 'Go to the first page'],
  reasonNeeded: ['请填写', 'Please fill in'],
  retry: ['重试', 'Try again'],
  loading: ['正在读取……', 'Loading…'],
  failedTitle: ['没有读到内容', 'This could not be loaded'],
  failedKept: ['没有任何内容丢失。', 'Nothing is lost.'],
  sex: ['性别', 'Sex'],
  age: ['年龄', 'Age'],
  number: ['编号', 'Number'],
  site: ['检查单位', 'Site'],
  noName: ['无姓名', 'No name'],
  newImages: ['新到图像', 'New images'],
  crashedTitle: ['页面出错了', 'This page failed'],
  crashedText: [
    '正在书写的报告已保存在本机，刷新后自动恢复。',
    'The report being written is kept in this browser and comes back after a reload.',
  ],
  reload: ['刷新页面', 'Reload'],
})
