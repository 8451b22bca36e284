/** Sentences of the alert that somebody opened records of this house in an emergency. */
import { words } from '../language/words.ts'

export const glassWords = words({
  alert: ['紧急调阅', 'Emergency access'],
  text: [
    '{from} {by} 于 {time} 调阅了 {name}（{number}）的 {studies} 次检查，原因：{reason}',
    '{by} of {from} opened {studies} studies of {name} ({number}) at {time}: {reason}',
  ],
  seen: ['已知悉', 'Noted'],
  more: ['另有 {n} 条', '{n} more'],
})
