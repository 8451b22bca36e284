/** The pictures of a study without its documents, which would name their author: the server renders them, the wheel and the keys go through. */
import { Segmented, Slider } from 'antd'
import { useState } from 'react'
import { useSeries } from '../api/rejections.ts'
import { useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { framesOf, renderedAddress } from '../ward/stack.ts'
import { qualityWords } from './words.ts'

export function Pictures({ StudyInstanceUID }: { StudyInstanceUID: string }) {
  const say = useWords(qualityWords)
  const series = useSeries(StudyInstanceUID)
  const [chosen, setChosen] = useState<string | null>(null)
  const [place, setPlace] = useState(0)
  return (
    <Answer query={series}>
      {(all) => {
        const shown = all.filter(({ instances }) => instances.length > 0)
        const current = shown.find(({ SeriesInstanceUID }) => SeriesInstanceUID === chosen) ?? shown[0]
        if (current === undefined) return <p className="quiet">{say('noImages')}</p>
        const frames = framesOf(current)
        const at = Math.min(place, frames.length - 1)
        const move = (steps: number) => setPlace(Math.min(frames.length - 1, Math.max(0, at + steps)))
        return (
          <div className="quality-pictures">
            {shown.length > 1 && (
              <Segmented<string>
                value={current.SeriesInstanceUID}
                onChange={(uid) => {
                  setChosen(uid)
                  setPlace(0)
                }}
                options={shown.map(({ SeriesInstanceUID, Modality, SeriesDescription }) => ({
                  value: SeriesInstanceUID,
                  label: `${Modality} ${SeriesDescription}`,
                }))}
              />
            )}
            <img src={renderedAddress(StudyInstanceUID, frames[at]!, null)} alt="" onWheel={({ deltaY }) => move(deltaY > 0 ? 1 : -1)} />
            {frames.length > 1 && (
              <>
                <Slider min={1} max={frames.length} value={at + 1} onChange={(number) => setPlace(number - 1)} aria-label={say('images')} />
                <span className="quiet number">{say('position', { n: at + 1, of: frames.length })}</span>
              </>
            )}
          </div>
        )
      }}
    </Answer>
  )
}
