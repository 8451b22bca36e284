/** The button that returns images, with its key `R`; `?beside=return` opens it at once. */
import { App, Button } from 'antd'
import { useCallback, useEffect, useState } from 'react'
import type { WorkitemDetail } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import { useAddressQuery } from '../shell/router.ts'
import { useKeys } from '../shell/use-keys.ts'
import { ReturnDialog } from './return-dialog.tsx'
import { returnWords } from './words.ts'

export function ReturnOnWorkitem({ workitem }: { readonly workitem: WorkitemDetail }) {
  const say = useWords(returnWords)
  const { message } = App.useApp()
  const [address, change] = useAddressQuery()
  const [open, setOpen] = useState(false)
  /** Made with the first use, and kept: what was typed stays. */
  const [made, setMade] = useState(false)
  const possible = workitem.verbs.includes('return')
  const ask = useCallback(() => {
    if (!possible) return void message.info(say('notNow'))
    setMade(true)
    setOpen(true)
  }, [possible, message, say])
  const asked = address.get('beside') === 'return'
  useEffect(() => {
    if (!asked) return
    change({ beside: undefined })
    ask()
  }, [asked, ask, change])
  useKeys({ KeyR: ask })
  return (
    <>
      {possible && (
        <Button size="small" title="R" onClick={ask}>
          ↩ {say('return')}
        </Button>
      )}
      {made && <ReturnDialog open={open && possible} workitem={workitem} onDone={() => setOpen(false)} onCancel={() => setOpen(false)} />}
    </>
  )
}
