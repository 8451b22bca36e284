/** Machines whose clocks mislead people. reading.md §10. */
import { Alert } from 'antd'
import type { DeviceClock } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import type { Language } from '../language/words.ts'
import { boardWords } from './words.ts'

/** `7 分 12 秒`: of a clock, seconds matter. */
export function offsetText(seconds: number, language: Language): string {
  const whole = Math.round(Math.abs(seconds))
  const parts: readonly (readonly [number, string, string])[] = [
    [Math.floor(whole / 3600), '小时', 'h'],
    [Math.floor((whole % 3600) / 60), '分', 'min'],
    [whole % 60, '秒', 's'],
  ]
  const said = parts.filter(([count], at) => count > 0 || (at === 2 && whole === 0)).slice(0, 2)
  return said.map(([count, zh, en]) => `${count} ${language === 'zh' ? zh : en}`).join(' ')
}

export function ClockWarnings({ clocks }: { readonly clocks: readonly DeviceClock[] }) {
  const say = useWords(boardWords)
  const { language } = useLanguage()
  return clocks
    .filter(({ warn }) => warn)
    .map(({ AETitle, description, seconds }) => (
      <Alert
        key={AETitle}
        type="warning"
        showIcon
        data-clock={AETitle}
        title={`${say(seconds < 0 ? 'clockAhead' : 'clockBehind', {
          machine: description ? `${description} (${AETitle})` : AETitle,
          time: offsetText(seconds, language),
        })}${language === 'zh' ? '。' : '. '}${say('clockText')}`}
      />
    ))
}
