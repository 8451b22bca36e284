/** The list's filters; they stand in the address, so a view can be kept as a bookmark and sent to a colleague. */
import { Button, DatePicker, Input, type InputRef, Select } from 'antd'
import dayjs from 'dayjs'
import { type RefObject, useEffect, useState } from 'react'
import { useInstitutions } from '../api/institutions.ts'
import type { Workitem } from '../api/types.ts'
import type { ListQuery } from '../api/workitems.ts'
import { urgencyText, urgencyWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { listWords } from './words.ts'

const modalities = ['DX', 'CR', 'CT', 'MR', 'US', 'MG', 'XA', 'RF', 'ES'] as const
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
  const institutions = useInstitutions()
  // Until the institutions are here, those on the list are offered.
  const sites = institutions.data ?? [...new Map(items.map(({ institution }) => [institution.id, institution])).values()]

  useEffect(() => {
    if (typed === query.q) return
    const timer = setTimeout(() => onChange({ q: typed.trim(), row: undefined }), typingMs)
    return () => clearTimeout(timer)
  }, [typed, query.q, onChange])
  const clear = () => {
    setTyped('')
    onChange({ q: undefined, modality: undefined, institution: undefined, urgency: undefined, from: undefined, to: undefined })
  }
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
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape' || (event.key === 'Enter' && !event.nativeEvent.isComposing)) event.currentTarget.blur()
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
      <Select
        allowClear
        placeholder={say('urgency')}
        aria-label={say('urgency')}
        value={query.urgency || null}
        options={urgencyWords.map((_, urgency) => ({ value: String(urgency), label: urgencyText(urgency, language) }))}
        onChange={(urgency) => onChange({ urgency: urgency ?? undefined })}
      />
      <DatePicker.RangePicker
        allowEmpty={[true, true]}
        placeholder={[say('from'), say('to')]}
        value={[query.from ? dayjs(query.from) : null, query.to ? dayjs(query.to) : null]}
        onChange={(range) => onChange({ from: range?.[0]?.format('YYYY-MM-DD'), to: range?.[1]?.format('YYYY-MM-DD') })}
      />
      {filtered && (
        <Button type="link" onClick={clear}>
          {say('clear')}
        </Button>
      )}
    </div>
  )
}
