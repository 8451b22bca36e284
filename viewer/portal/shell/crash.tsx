/** A page that throws leaves a sentence behind, not a white screen. */
import { Component, type ReactNode } from 'react'
import { type Language, say } from '../language/words.ts'
import { shellWords } from './words.ts'

interface Props {
  readonly language: Language
  readonly children: ReactNode
}

export class Crash extends Component<Props, { crashed: boolean }> {
  override state = { crashed: false }
  static getDerivedStateFromError(): { crashed: boolean } {
    return { crashed: true }
  }
  override render(): ReactNode {
    const { language, children } = this.props
    if (!this.state.crashed) return children
    return (
      <div className="loading" role="alert">
        <h1>{say(shellWords.crashedTitle, language)}</h1>
        <p>{say(shellWords.crashedText, language)}</p>
        <button type="button" onClick={() => location.reload()}>
          {say(shellWords.reload, language)}
        </button>
      </div>
    )
  }
}
