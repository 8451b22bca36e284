/** Which image is drawn on: series, then image; each frame of a multi-frame one is an image of its own. */
import { Button, Select, Slider } from 'antd'
import type { LightSeries } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import { returnWords } from './words.ts'

export interface ChosenImage {
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
  readonly frame: number
}

export const imagesOf = ({ SeriesInstanceUID, instances }: LightSeries): readonly ChosenImage[] =>
  instances.flatMap(({ SOPInstanceUID, frames }) =>
    Array.from({ length: Math.max(1, frames) }, (_, n) => ({ SeriesInstanceUID, SOPInstanceUID, frame: n + 1 })),
  )

/** A picture large enough for the dialog, drawn on as it is. */
export const pictureAddress = (StudyInstanceUID: string, { SeriesInstanceUID, SOPInstanceUID, frame }: ChosenImage): string =>
  `/dicomweb/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}/frames/${frame}/rendered?viewport=1000,1000`

interface Props {
  readonly series: readonly LightSeries[]
  readonly seriesAt: number
  readonly at: number
  readonly onChoose: (seriesAt: number, at: number) => void
}

export function ImageChoice({ series, seriesAt, at, onChoose }: Props) {
  const say = useWords(returnWords)
  const current = series[seriesAt]
  if (current === undefined) return null
  const all = imagesOf(current).length
  return (
    <div className="image-choice">
      {series.length > 1 && (
        <Select
          size="small"
          value={seriesAt}
          aria-label={say('series')}
          popupMatchSelectWidth={false}
          onChange={(next) => onChoose(next, 0)}
          options={series.map(({ SeriesNumber, SeriesDescription, Modality, instances }, n) => ({
            value: n,
            label: `${SeriesNumber ?? n + 1} ${SeriesDescription || Modality} (${instances.length})`,
          }))}
        />
      )}
      {all > 1 && (
        <>
          <Button size="small" aria-label={say('previous')} disabled={at === 0} onClick={() => onChoose(seriesAt, at - 1)}>
            ‹
          </Button>
          <Slider
            className="image-slider"
            min={0}
            max={all - 1}
            value={at}
            tooltip={{ open: false }}
            onChange={(next) => onChoose(seriesAt, next)}
          />
          <Button size="small" aria-label={say('next')} disabled={at >= all - 1} onClick={() => onChoose(seriesAt, at + 1)}>
            ›
          </Button>
        </>
      )}
      <span className="quiet number">{say('image', { n: at + 1, all })}</span>
    </div>
  )
}
