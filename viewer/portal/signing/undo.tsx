/** A short undo after signing: for as long as the notice stands, the signature can be taken back, while nobody outside has seen the report. */
import { App, Button } from 'antd'
import { sentenceOf } from '../api/http.ts'
import { useDeed } from '../api/workitems.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { navigate } from '../shell/router.ts'
import { signingWords } from './words.ts'

/** The server knows how long it is allowed; this is how long it is offered. */
const seconds = 20

export function useUndo(): (id: string, name: string) => void {
  const say = useWords(signingWords)
  const { language } = useLanguage()
  const { message, notification } = App.useApp()
  const deed = useDeed()
  return (id, name) => {
    const key = `signed-${id}`
    const undo = async () => {
      notification.destroy(key)
      try {
        await deed.mutateAsync({ id, verb: 'unsign' })
        message.success(say('undone'))
        navigate(`/reading/${encodeURIComponent(id)}`)
      } catch (error) {
        message.error(sentenceOf(error, language))
      }
    }
    notification.success({
      key,
      title: say('signed', { name }),
      duration: seconds,
      placement: 'bottomRight',
      actions: (
        <Button size="small" danger onClick={() => void undo()}>
          {say('undo')}
        </Button>
      ),
    })
  }
}
