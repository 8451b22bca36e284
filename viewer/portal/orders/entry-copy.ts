/** The browser's copy of an order being typed: it comes back after a crash or a slip, and goes when the order is saved or its writer signs out. */
import { Form, type FormInstance } from 'antd'
import { useEffect, useState } from 'react'
import { openCopies } from '../drafts/copy.ts'
import { orderEntry } from '../drafts/order-entry.ts'
import { type Entry, emptyEntry, sameEntry } from './entry.ts'

const openEntries = () => openCopies<Entry>(indexedDB)

/**
 * Brings back what the account typed and did not save, and keeps what is typed now. `account` null: nothing is kept. `base`: the form as it
 * opens. True once something came back.
 */
export function useEntryCopy(form: FormInstance<Entry>, account: string | null, base: Entry): boolean {
  const [copies] = useState(openEntries)
  const [read, setRead] = useState(false)
  const [restored, setRestored] = useState(false)
  const typed = Form.useWatch([], form) as Partial<Entry> | undefined

  useEffect(() => {
    if (account === null) return
    let shown = true
    copies
      .read(account, orderEntry)
      .catch(() => null)
      .then((kept) => {
        if (!shown) return
        if (kept !== null && !form.isFieldsTouched()) {
          form.setFieldsValue({ ...emptyEntry, ...kept })
          setRestored(true)
        }
        setRead(true)
      })
    return () => {
      shown = false
    }
  }, [account, copies, form])

  useEffect(() => {
    if (account === null || !read || typed === undefined) return
    const entry = { ...emptyEntry, ...typed }
    const kept = sameEntry(entry, base) ? copies.remove(account, orderEntry) : copies.write(account, orderEntry, entry)
    kept.catch(() => {})
  }, [account, read, typed, base, copies])
  return restored
}
