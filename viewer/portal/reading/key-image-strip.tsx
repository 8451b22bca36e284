/** The key images of the report, in the order in which they are printed, each with its caption. */
import { Button, Input } from 'antd'
import { useState } from 'react'
import type { ReportText } from '../api/types.ts'
import { KeyImagePicture } from '../key-images/picture.tsx'
import { SelectionDialog } from '../key-images/selection-dialog.tsx'
import { useWords } from '../language/language.tsx'
import { editorWords, sectionWords } from './editor-words.ts'
import type { KeyImage } from './messages.ts'
import { viewerWords } from './viewer-words.ts'

interface Props {
  readonly images: readonly KeyImage[]
  readonly StudyInstanceUID: string
  readonly readOnly: boolean
  onType(change: Partial<ReportText>): void
  onShow(image: KeyImage): void
}

export const keyOf = ({ SOPInstanceUID, frame }: KeyImage): string => `${SOPInstanceUID} ${frame}`

const movedForward = (images: readonly KeyImage[], at: number): KeyImage[] => {
  const moved = [...images]
  moved.splice(at - 1, 0, ...moved.splice(at, 1))
  return moved
}

/** A report shows at most so many. */
export const mostKeyImages = 8

export function KeyImageStrip({ images, StudyInstanceUID, readOnly, onType, onShow }: Props) {
  const say = useWords(editorWords)
  const saySection = useWords(sectionWords)
  const sayViewer = useWords(viewerWords)
  const [keeping, setKeeping] = useState(false)
  // A selection that is kept by itself lies in one study.
  const own = images.filter((image) => (image.StudyInstanceUID ?? StudyInstanceUID) === StudyInstanceUID)
  if (images.length === 0) return readOnly ? null : <p className="quiet key-images-hint">{sayViewer('keyImagesHint')}</p>
  return (
    <section className="key-images" aria-label={saySection('keyImages')}>
      {images.map((image, at) => (
        <figure key={keyOf(image)} data-image={image.SOPInstanceUID}>
          <button type="button" className="key-image" onClick={() => onShow(image)}>
            <KeyImagePicture
              StudyInstanceUID={image.StudyInstanceUID ?? StudyInstanceUID}
              image={image}
              size={160}
              alt={image.caption || `${at + 1}`}
            />
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
          {!readOnly && at > 0 && (
            <Button
              size="small"
              type="text"
              aria-label={sayViewer('moveUp', { n: at + 1 })}
              title={sayViewer('moveUp', { n: at + 1 })}
              onClick={() => onType({ keyImages: movedForward(images, at) })}
            >
              ←
            </Button>
          )}
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
      <Button size="small" type="text" className="keep-selection" onClick={() => setKeeping(true)}>
        {sayViewer('storeSelection')}
      </Button>
      {keeping && <SelectionDialog StudyInstanceUID={StudyInstanceUID} images={own} onClose={() => setKeeping(false)} />}
    </section>
  )
}
