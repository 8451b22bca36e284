/** The telephone lists: who is told and called at which step of the ladder. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Empty, Input, Select } from 'antd'
import { useState } from 'react'
import type { Contact, ContactList } from '../api/critical-types.ts'
import { useContacts } from '../api/criticals.ts'
import { request, sentenceOf } from '../api/http.ts'
import type { Account } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { stepOf } from './phone-dialog.tsx'
import { criticalWords } from './words.ts'

interface Place {
  readonly id: number
  readonly name: string
}

export function ContactsTab({ account }: { readonly account: Account }) {
  const say = useWords(criticalWords)
  const [institution, setInstitution] = useState(account.institution.id)
  const centre = account.institution.readingCentre
  const places = useQuery({
    queryKey: ['critical-places'],
    enabled: centre,
    queryFn: ({ signal }) => request<{ items: readonly Place[] }>('GET', '/api/critical-places', { signal }),
  })
  const query = useContacts(institution)
  return (
    <>
      {centre && (
        <div className="critical-bar">
          <Select
            showSearch={{ optionFilterProp: 'label' }}
            value={institution}
            aria-label={say('institution')}
            style={{ minWidth: 320 }}
            onChange={setInstitution}
            options={(places.data?.items ?? [account.institution]).map(({ id, name }) => ({ value: id, label: name }))}
          />
        </div>
      )}
      <Answer query={query}>
        {(list) => <Contacts key={list.institution} list={list} centre={centre && institution === account.institution.id} />}
      </Answer>
    </>
  )
}

function Contacts({ list, centre }: { readonly list: ContactList; readonly centre: boolean }) {
  const say = useWords(criticalWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const [items, setItems] = useState<readonly Contact[]>(list.items)
  const [busy, setBusy] = useState(false)
  const edit = (index: number, change: Partial<Contact>) =>
    setItems(items.map((item, at) => (at === index ? { ...item, ...change } : item)))
  const save = async () => {
    setBusy(true)
    try {
      const answer = await request<ContactList>('PUT', `/api/critical-contacts/${list.institution}`, { body: { items } })
      queries.setQueryData(['critical-contacts', list.institution], answer)
      setItems(answer.items)
      message.success(say('saved'))
    } catch (error) {
      message.error(sentenceOf(error, language))
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="critical-edit">
      {items.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say('contactsEmpty')} />}
      <ol>
        {items.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no key but their place, and fields are controlled
          <li key={index}>
            <Select
              value={item.level}
              disabled={!list.mayEdit}
              aria-label={say('level')}
              style={{ width: 200, flex: 'none' }}
              onChange={(level) => edit(index, { level })}
              options={[0, 1, 2, 3].map((level) => ({ value: level, label: say(stepOf(level)) }))}
            />
            {(['name', 'duty', 'phone', 'address'] as const).map((field) => (
              <Input
                key={field}
                value={item[field]}
                disabled={!list.mayEdit}
                maxLength={{ name: 64, duty: 64, phone: 32, address: 128 }[field]}
                placeholder={say(field === 'phone' ? 'number' : field)}
                aria-label={say(field === 'phone' ? 'number' : field)}
                onChange={({ target }) => edit(index, { [field]: target.value })}
              />
            ))}
            {list.mayEdit && <Button onClick={() => setItems(items.filter((_, at) => at !== index))}>{say('remove')}</Button>}
          </li>
        ))}
      </ol>
      {list.mayEdit && (
        <div className="critical-bar">
          <Button onClick={() => setItems([...items, { level: centre ? 3 : 1, name: '', duty: '', phone: '', address: '' }])}>
            {say('add')}
          </Button>
          <span className="space" />
          <Button
            type="primary"
            loading={busy}
            disabled={items.some(({ name, phone, address }) => name.trim() === '' || (phone.trim() === '' && address.trim() === ''))}
            onClick={() => void save()}
          >
            {say('save')}
          </Button>
        </div>
      )}
    </div>
  )
}
