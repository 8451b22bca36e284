/** What stands at the head of the board for the shift: sound, printing, my statistics, the lock. */
import { App, Button, Checkbox, Tooltip } from 'antd'
import { useWords } from '../language/language.tsx'
import { keepPrinting } from './print-report.ts'
import { chime, mute, openSound, useSound } from './sound.ts'
import { boardWords } from './words.ts'

interface Props {
  readonly prints: boolean
  readonly onPrints: (prints: boolean) => void
  readonly onFigures: () => void
  readonly onLock: () => void
}

export function BoardTools({ prints, onPrints, onFigures, onLock }: Props) {
  const say = useWords(boardWords)
  const { message } = App.useApp()
  const sound = useSound()
  const test = async () => {
    mute(false)
    try {
      await openSound()
      chime()
    } catch {
      message.warning(say('soundOff'))
    }
  }
  return (
    <div className="board-tools">
      <Tooltip title={say('soundHint')}>
        <span className={`sound sound-${sound}`} role="status">
          {sound === 'on' ? `♪ ${say('soundOn')}` : `⚠ ${say('soundOff')}`}
        </span>
      </Tooltip>
      <Button onClick={() => void test()}>{say('soundTest')}</Button>
      <Button type="text" disabled={sound !== 'on'} onClick={() => mute(true)}>
        {say('mute')}
      </Button>
      <Tooltip title={say('printingHint')}>
        <Checkbox
          checked={prints}
          onChange={({ target }) => {
            keepPrinting(target.checked)
            onPrints(target.checked)
          }}
        >
          {say('printing')}
        </Checkbox>
      </Tooltip>
      <span className="space" />
      <Button onClick={onFigures}>{say('figures')}</Button>
      <Button onClick={onLock}>{say('lock')}</Button>
    </div>
  )
}
