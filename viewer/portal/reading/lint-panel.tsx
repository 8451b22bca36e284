/** What the checks found, beside the text: a click leads to the place, the reason of the rule stands under it. */
import type { Finding } from '../api/editor.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { editorWords } from './editor-words.ts'

interface Props {
  /** Null: not checked yet, and nothing to say of it. */
  readonly findings: readonly Finding[] | null
  /** Before anything was written there is nothing to praise. */
  readonly begun: boolean
  onShow(finding: Finding): void
}

export function LintPanel({ findings, begun, onShow }: Props) {
  const say = useWords(editorWords)
  const { language } = useLanguage()
  if (!begun || findings === null) return null
  const errors = findings.filter(({ severity }) => severity === 'error').length
  return (
    <section className="lint" aria-label={say('checks')}>
      <h3>
        {say('checks')}{' '}
        <span className="quiet">
          {findings.length === 0 ? `✓ ${say('checksClean')}` : say('checksCount', { errors, warnings: findings.length - errors })}
        </span>
      </h3>
      <ul>
        {findings.map((finding) => (
          <li key={finding.key} className={`finding finding-${finding.severity}`} data-rule={finding.rule}>
            <button type="button" onClick={() => onShow(finding)} title={finding.explanation[language]}>
              <span aria-hidden="true">{finding.severity === 'error' ? '✕' : '!'}</span>
              <span className="finding-kind">{say(finding.severity)}</span> {finding[language]}
            </button>
            {finding.justified && (
              <span className="quiet justified">
                ✓ {say('justified', { name: finding.justified.by, reason: finding.justified.reason })}
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
