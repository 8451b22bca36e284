/** The key images of the report, in the order in which they are printed, each with its caption. */
import { Button, Input } from 'antd'
import type { ReportText } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import { editorWords, sectionWords } from './editor-words.ts'
import type { KeyImage } from './messages.ts'

interface Props {
  readonly images: readonly KeyImage[]
  readonly StudyInstanceUID: string
  readonly readOnly: boolean
  onType(change: Partial<ReportText>): void
  onShow(image: KeyImage): void
}

const address = (study: string, { SeriesInstanceUID, SOPInstanceUID, frame }: KeyImage): string =>
  `/dicomweb/studies/${study}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}/frames/${frame}/thumbnail?viewport=96,96`

export const keyOf = ({ SOPInstanceUID, frame }: KeyImage): string => `${SOPInstanceUID} ${frame}`

/** A report shows at most so many. */
export const mostKeyImages = 8

export function KeyImageStrip({ images, StudyInstanceUID, readOnly, onType, onShow }: Props) {
  const say = useWords(editorWords)
  const saySection = useWords(sectionWords)
  if (images.length === 0) return null
  return (
    <section className="key-images" aria-label={saySection('keyImages')}>
      {images.map((image, at) => (
        <figure key={keyOf(image)} data-image={image.SOPInstanceUID}>
          <button type="button" className="key-image" onClick={() => onShow(image)}>
            <img src={address(StudyInstanceUID, image)} alt={image.caption || `${at + 1}`} width={72} height={72} loading="lazy" />
          </button>
          <Input
            size="small"
            aria-label={`${say('caption')} ${at + 1}`}
            placeholder={say('caption')}
            maxLength={100}
            readOnly={readOnly}
            value={image.caption}
            onChange={({ target }) =>
              onType({ keyImages: images.map((each, i) => (i === at ? { ...each, caption: target.value } : each)) })
            }
          />
          {!readOnly && (
            <Button
              size="small"
              type="text"
              aria-label={`${say('remove')} ${at + 1}`}
              onClick={() => onType({ keyImages: images.filter((_, i) => i !== at) })}
            >
              ×
            </Button>
          )}
        </figure>
      ))}
    </section>
  )
}
