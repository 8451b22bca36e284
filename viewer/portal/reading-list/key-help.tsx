/** Every key of the reading room, by `?`. */
import { Modal } from 'antd'
import { useWords } from '../language/language.tsx'
import { listWords } from './words.ts'

const inList = [
  ['↑ ↓ / J K', 'keyMove'],
  ['PgUp PgDn Home End', 'keyPage'],
  ['Enter', 'keyOpen'],
  ['C', 'keyClaim'],
  ['N', 'keyNext'],
  ['X', 'keyChoose'],
  ['M', 'keyMenu'],
  ['Q', 'keyGrade'],
  ['R', 'keyReturn'],
  ['!', 'keyCritical'],
  ['P', 'keyPriors'],
  ['T', 'keyThread'],
  ['/', 'keySearch'],
  ['?', 'keyHelp'],
] as const
/** Those that do something for whoever does not read. */
const ofEverybody: ReadonlySet<string> = new Set(['keyMove', 'keyPage', 'keyChoose', 'keyMenu', 'keySearch', 'keyHelp'])
const inEditor = [
  ['Ctrl+S', 'keySave'],
  ['Ctrl+Enter', 'keySubmit'],
  ['Ctrl+Shift+Enter', 'keySign'],
  ['F2', 'keyTemplates'],
  ['Tab', 'keyPlaceholder'],
] as const

export function KeyHelp({ open, reads, onClose }: { open: boolean; reads: boolean; onClose: () => void }) {
  const say = useWords(listWords)
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={say('help')} width={760}>
      <div className="key-help">
        <Keys title={say('keysList')} keys={reads ? inList : inList.filter(([, what]) => ofEverybody.has(what))} />
        {reads && <Keys title={say('keysEditor')} keys={inEditor} />}
      </div>
    </Modal>
  )
}

function Keys({ title, keys }: { title: string; keys: readonly (readonly [string, keyof typeof listWords])[] }) {
  const say = useWords(listWords)
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {keys.map(([pressed, what]) => (
          <div key={what}>
            <dt>
              <kbd>{pressed}</kbd>
            </dt>
            <dd>{say(what)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
