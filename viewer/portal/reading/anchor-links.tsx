/** The places in images that a text names, each a button that goes there. A click on one in the text itself does the same. */
import type { WorkitemDetail } from '../api/types.ts'
import { dicomDate } from '../clock.ts'
import { useWords } from '../language/language.tsx'
import { anchorsIn, studyOf, type WrittenAnchor } from './anchors.ts'
import type { Viewer } from './viewer.tsx'
import { viewerWords } from './viewer-words.ts'

/** Goes to the image that an anchor names, if its study is one of this person's. */
export function goToAnchor(viewer: Viewer, workitem: Pick<WorkitemDetail, 'StudyInstanceUID' | 'priors'>, anchor: WrittenAnchor): void {
  const study = studyOf(anchor, workitem.StudyInstanceUID, workitem.priors)
  if (study !== undefined) viewer.goTo({ StudyInstanceUID: study, series: anchor.series, image: anchor.image })
}

/** As many as anybody writes into one section. */
const most = 20

export function AnchorLinks({ text, viewer, workitem }: { text: string; viewer: Viewer; workitem: WorkitemDetail }) {
  const say = useWords(viewerWords)
  const anchors = anchorsIn(text)
    .filter((anchor, at, all) => all.findIndex((each) => nameOf(each) === nameOf(anchor)) === at)
    .slice(0, most)
  if (anchors.length === 0) return null
  return (
    <p className="anchors">
      <span className="quiet">{say('anchors')}</span>
      {anchors.map((anchor) => (
        <button key={nameOf(anchor)} type="button" className="link-button number" onClick={() => goToAnchor(viewer, workitem, anchor)}>
          {anchor.StudyDate && `${dicomDate(anchor.StudyDate)} `}
          {anchor.series}:{anchor.image}
        </button>
      ))}
    </p>
  )
}

const nameOf = ({ StudyDate, series, image }: WrittenAnchor): string => `${StudyDate ?? ''} ${series}:${image}`
