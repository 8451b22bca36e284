/** What dots and lines of the map mean. */
import { useWords } from '../language/language.tsx'
import { lineSigns, lineStates, meaningSigns, meanings } from './site-state.ts'
import { wallboardWords } from './words.ts'

export function Legend({ centre, outlineFailed }: { readonly centre: boolean; readonly outlineFailed: boolean }) {
  const say = useWords(wallboardWords)
  return (
    <ul className="map-legend">
      {meanings.map((meaning) => (
        <li key={meaning} className={`meaning-${meaning}`}>
          {meaningSigns[meaning]} {say(`meaning-${meaning}`)}
        </li>
      ))}
      {centre &&
        lineStates.map((state) => (
          <li key={state}>
            <svg className={`map-line line-${state}`} width={34} height={10} aria-hidden="true">
              <line x1={0} y1={5} x2={34} y2={5} />
            </svg>{' '}
            {lineSigns[state]} {say(state)}
          </li>
        ))}
      {!centre && <li>{say('centreUnplaced')}</li>}
      {outlineFailed && <li>{say('outlineFailed')}</li>}
    </ul>
  )
}
