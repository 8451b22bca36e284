/** While images arrive: how much is here, how fast, and when it can be read. */
import type { BoardStudy } from '../api/types.ts'
import { exactTime, sizeText } from '../clock.ts'
import { useWords } from '../language/language.tsx'
import { boardWords } from './words.ts'

export function ArrivalBar({ study, now }: { readonly study: BoardStudy; readonly now: number }) {
  const say = useWords(boardWords)
  const { instances, bytes, bytesPerSecond, expectedInstances, readableAt } = study
  const share = expectedInstances === null ? null : Math.min(1, instances / expectedInstances)
  const size = sizeText(bytes)
  return (
    <div className="arrival">
      <div
        className={share === null ? 'bar open' : 'bar'}
        role="progressbar"
        aria-valuemin={0}
        aria-valuemax={100}
        {...(share === null ? {} : { 'aria-valuenow': Math.round(share * 100) })}
      >
        <span style={{ inlineSize: share === null ? '100%' : `${Math.round(share * 100)}%` }} />
      </div>
      <div className="number">
        {expectedInstances === null
          ? say('images', { n: instances, size })
          : say('imagesOf', { n: instances, of: expectedInstances, size })}
        {' · '}
        {bytesPerSecond > 0 ? say('speed', { speed: sizeText(bytesPerSecond) }) : say('noSpeed')}
        {readableAt && (
          <b className="readable">
            {Date.parse(readableAt) <= now ? say('readableSoon') : say('readable', { time: exactTime(readableAt).slice(11) })}
          </b>
        )}
      </div>
    </div>
  )
}
