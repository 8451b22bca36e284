/** What narrows the list: the common conditions in the head, the others behind 更多条件. */
import { Button, DatePicker, Input, type InputRef, Popover, Select } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { type ReactNode, type RefObject, useEffect, useState } from 'react'
import { useInstitutions } from '../api/institutions.ts'
import type { Workitem } from '../api/types.ts'
import type { ListQuery } from '../api/workitems.ts'
import { named, stateWords, urgencyText, urgencyWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { conditions, flags, listText, modalities } from './list-query.ts'
import { listWords } from './words.ts'

const typingMs = 250

interface Props {
  readonly query: ListQuery
  readonly items: readonly Workitem[]
  readonly filtered: boolean
  readonly search: RefObject<HTMLInputElement | null>
  readonly onChange: (change: Readonly<Record<string, string | undefined>>) => void
}

export function Filters({ query, items, filtered, search, onChange }: Props) {
  const say = useWords(listWords)
  const { language } = useLanguage()
  const [typed, setTyped] = useState(query.q)
  const [known, setKnown] = useState(query.q)
  // The address changed by something else than typing: a saved view, the way back.
  if (known !== query.q) {
    setKnown(query.q)
    if (typed.trim() !== query.q) setTyped(query.q)
  }
  useEffect(() => {
    if (typed.trim() === query.q) return
    const timer = setTimeout(() => onChange({ q: typed.trim(), row: undefined }), typingMs)
    return () => clearTimeout(timer)
  }, [typed, query.q, onChange])
  const institutions = useInstitutions()
  // Until the institutions are here, those on the list are offered.
  const sites = institutions.data ?? [...new Map(items.map(({ institution }) => [institution.id, institution])).values()]
  const clear = () => {
    setTyped('')
    onChange(Object.fromEntries(conditions.map((name) => [name, undefined])))
  }
  const several = (
    name: 'modality' | 'urgency' | 'state' | 'flags',
    options: readonly { value: string; label: string }[],
    label: string,
  ) => (
    <Select
      mode="multiple"
      maxTagCount="responsive"
      allowClear
      showSearch={false}
      placeholder={label}
      aria-label={label}
      value={[...listText(query[name])]}
      options={[...options]}
      onChange={(chosen: string[]) => onChange({ [name]: chosen.join(',') || undefined })}
    />
  )
  const rest = (['state', 'bodyPart', 'assignee', 'flags'] as const).filter((name) => query[name] !== '').length
  return (
    <div className="filters">
      <Input
        ref={(input: InputRef | null) => {
          search.current = input?.input ?? null
        }}
        className="search"
        type="search"
        allowClear
        placeholder={say('search')}
        aria-label={say('search')}
        title={say('searchHint')}
        maxLength={100}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return
          if (event.key === 'Escape') setTyped('')
          if (event.key === 'Escape' || event.key === 'Enter') event.currentTarget.blur()
        }}
      />
      <Select
        allowClear
        placeholder={say('modality')}
        aria-label={say('modality')}
        value={query.modality || null}
        options={modalities.map((value) => ({ value, label: value }))}
        onChange={(modality) => onChange({ modality: modality ?? undefined })}
      />
      <Select
        allowClear
        showSearch={{ optionFilterProp: 'label' }}
        className="site"
        placeholder={say('site')}
        aria-label={say('site')}
        value={query.institution || null}
        options={sites.map(({ id, name }) => ({ value: String(id), label: name }))}
        onChange={(institution) => onChange({ institution: institution ?? undefined })}
      />
      <div className="urgencies">
        {several(
          'urgency',
          urgencyWords.map((_, urgency) => ({ value: String(urgency), label: urgencyText(urgency, language) })),
          say('urgency'),
        )}
      </div>
      <DatePicker.RangePicker
        allowEmpty={[true, true]}
        placeholder={[say('from'), say('to')]}
        presets={spans(say)}
        value={[query.from ? dayjs(query.from) : null, query.to ? dayjs(query.to) : null]}
        onChange={(range) => onChange({ from: range?.[0]?.format('YYYY-MM-DD'), to: range?.[1]?.format('YYYY-MM-DD') })}
      />
      <Popover
        trigger="click"
        placement="bottomRight"
        content={
          <div className="more-filters">
            <Labelled label={say('state')}>
              {several(
                'state',
                Object.keys(stateWords).map((value) => ({ value, label: named(stateWords, value, language) })),
                say('state'),
              )}
            </Labelled>
            <Labelled label={say('flags')}>
              {several(
                'flags',
                flags.map((value) => ({ value, label: say(`flag-${value}`) })),
                say('flags'),
              )}
            </Labelled>
            <Labelled label={say('bodyPart')}>
              <Typed
                value={query.bodyPart}
                placeholder={say('bodyPartHint')}
                label={say('bodyPart')}
                onTyped={(bodyPart) => onChange({ bodyPart })}
              />
            </Labelled>
            <Labelled label={say('reader')}>
              <Assignee value={query.assignee} items={items} onChange={(assignee) => onChange({ assignee })} />
            </Labelled>
          </div>
        }
      >
        <Button>
          {say('more')}
          {rest > 0 && <span className="waiting number">{rest}</span>}
        </Button>
      </Popover>
      {filtered && (
        <Button type="link" onClick={clear}>
          {say('clear')}
        </Button>
      )}
    </div>
  )
}

function Labelled({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <span className="quiet">{label}</span>
      {children}
    </div>
  )
}

/** Those who stand on the list; whoever is asked for by the address stays to be chosen off again. */
function Assignee({
  value,
  items,
  onChange,
}: {
  value: string
  items: readonly Workitem[]
  onChange: (value: string | undefined) => void
}) {
  const say = useWords(listWords)
  const people = new Map(items.flatMap(({ assignee }) => (assignee === null ? [] : [[assignee.username, assignee.displayName] as const])))
  people.set('me', say('me'))
  if (value !== '' && !people.has(value)) people.set(value, value)
  return (
    <Select
      allowClear
      showSearch={{ optionFilterProp: 'label' }}
      placeholder={say('reader')}
      aria-label={say('reader')}
      value={value || null}
      options={[...people].map(([username, label]) => ({ value: username, label }))}
      onChange={(chosen: string | null) => onChange(chosen ?? undefined)}
    />
  )
}

interface TypedProps {
  readonly value: string
  readonly placeholder: string
  readonly label: string
  readonly onTyped: (text: string | undefined) => void
}

function Typed({ value, placeholder, label, onTyped }: TypedProps) {
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  const done = () => typed.trim() !== value && onTyped(typed.trim() || undefined)
  return (
    <Input
      allowClear
      maxLength={64}
      placeholder={placeholder}
      aria-label={label}
      value={typed}
      onChange={({ target }) => setTyped(target.value)}
      onBlur={done}
      onPressEnter={done}
    />
  )
}

/** As people ask: "Today", "CT of last month". */
function spans(say: (key: 'todayOnly' | 'yesterday' | 'lastWeek' | 'lastMonth') => string): { label: string; value: [Dayjs, Dayjs] }[] {
  const today = dayjs()
  const month = today.subtract(1, 'month')
  return [
    { label: say('todayOnly'), value: [today, today] },
    { label: say('yesterday'), value: [today.subtract(1, 'day'), today.subtract(1, 'day')] },
    { label: say('lastWeek'), value: [today.subtract(6, 'day'), today] },
    { label: say('lastMonth'), value: [month.startOf('month'), month.endOf('month')] },
  ]
}
