/** What whoever signs has not looked at yet: said beside the buttons and in the question for a reason, before the server refuses (reading.md §3.2). */
import { Alert, Button } from 'antd'
import { useNoteOpened } from '../api/key-images.ts'
import type { WorkitemDetail } from '../api/types.ts'
import { useDeed } from '../api/workitems.ts'
import { useWords } from '../language/language.tsx'
import { unseenWords } from './unseen-words.ts'

const signing = ['submit', 'temp-release', 'sign']

/** In sentences; none where nothing is to be signed. `onScreen`: what the viewer shows is being noted at this moment. */
export function useUnseen({ StudyInstanceUID, studies, unseen = [], verbs }: WorkitemDetail, onScreen: readonly string[]): string[] {
  const say = useWords(unseenWords)
  if (!verbs.some((verb) => signing.includes(verb))) return []
  const never = unseen.filter((each) => !each.newImages && !onScreen.includes(each.StudyInstanceUID))
  const own = never.some((each) => each.StudyInstanceUID === StudyInstanceUID)
  const joined = never.length - (own ? 1 : 0)
  return [
    ...(own ? [say('unopened')] : []),
    ...(joined > 0 ? [say('joinedUnopened', { n: joined, all: studies?.length ?? 0 })] : []),
    ...(unseen.some(({ newImages }) => newImages) ? [say('newer')] : []),
  ]
}

/** Images have come: since the task could be read, or since whoever writes or signs has opened them. */
export function NewImages({ workitem, writable }: { workitem: WorkitemDetail; writable: boolean }) {
  const say = useWords(unseenWords)
  const deed = useDeed()
  const { id, generation, newImages, unseen = [], verbs } = workitem
  const note = useNoteOpened(id)
  const newer = unseen.filter((each) => each.newImages)
  const mine = newer.length > 0 && (writable || verbs.some((verb) => signing.includes(verb)))
  if (!newImages && !mine) return null
  const seen = () => {
    // The badge is everybody's; where it is down already, only one's own look at them is missing.
    if (verbs.includes('acknowledge')) deed.mutate({ id, verb: 'acknowledge', generation })
    else for (const { StudyInstanceUID } of newer) note.mutate({ StudyInstanceUID, what: 'images' })
  }
  return (
    <Alert
      type="warning"
      showIcon
      title={say('newImages')}
      action={
        (verbs.includes('acknowledge') || mine) && (
          <Button size="small" onClick={seen}>
            {say('acknowledge')}
          </Button>
        )
      }
    />
  )
}
