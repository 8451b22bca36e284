/** Two texts of one report: both are shown whole, a person chooses. */
import { Button, Modal } from 'antd'
import type { Draft } from '../api/types.ts'
import { exactTime } from '../clock.ts'
import type { Text } from '../drafts/draft.ts'
import { polarityWords } from '../language/domain.ts'
import { useWords } from '../language/language.tsx'
import { readingWords } from './words.ts'

interface Props {
  readonly mine: Text
  readonly theirs: Draft
  readonly name: string
  readonly onChoose: (text: Text) => void
}

const joined = (mine: string, theirs: string): string =>
  mine.trim() === theirs.trim() ? mine : [mine, theirs].filter((text) => text.trim() !== '').join('\n————\n')

export function Conflict({ mine, theirs, name, onChoose }: Props) {
  const say = useWords(readingWords)
  const both: Text = {
    findings: joined(mine.findings, theirs.findings),
    impression: joined(mine.impression, theirs.impression),
    polarity: mine.polarity === theirs.polarity ? mine.polarity : null,
  }
  const { findings, impression, polarity } = theirs
  return (
    <Modal
      open
      width={960}
      closable={false}
      keyboard={false}
      title={say('conflictTitle', { name })}
      footer={[
        <Button key="both" onClick={() => onChoose(both)}>
          {say('useBoth')}
        </Button>,
        <Button key="theirs" onClick={() => onChoose({ findings, impression, polarity })}>
          {say('useTheirs')}
        </Button>,
        <Button key="mine" type="primary" onClick={() => onChoose(mine)}>
          {say('useMine')}
        </Button>,
      ]}
    >
      <p>{say('conflictText')}</p>
      <div className="side-by-side">
        <Side title={say('conflictMine')} text={mine} />
        <Side title={`${say('conflictTheirs')} · ${theirs.author?.displayName ?? ''} ${exactTime(theirs.savedAt)}`} text={theirs} />
      </div>
    </Modal>
  )
}

function Side({ title, text }: { title: string; text: Text }) {
  const say = useWords(readingWords)
  const sayPolarity = useWords(polarityWords)
  return (
    <article>
      <h3>{title}</h3>
      <h4>{say('findings')}</h4>
      <pre>{text.findings}</pre>
      <h4>{say('impression')}</h4>
      <pre>{text.impression}</pre>
      <p>{text.polarity === null ? say('undecided') : sayPolarity(text.polarity)}</p>
    </article>
  )
}
