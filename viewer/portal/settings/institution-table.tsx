/** The institutions of the county; a device and an account each belong to one. */
import './place.css'
import { Form, Input, Select, Switch, Tag } from 'antd'
import { useMemo } from 'react'
import { request } from '../api/http.ts'
import { useInstitutions } from '../api/institutions.ts'
import type { Institution, InstitutionLevel } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import type { Place } from '../map/projection.ts'
import { EditableTable, EditDialog } from './editable.tsx'
import { OutlineCard } from './outline-card.tsx'
import { isHalf, PlaceField, placeOf, type TypedPlace, typedPlace } from './place-field.tsx'
import { placeWords } from './place-words.ts'
import { settingsWords } from './words.ts'

const levels: readonly InstitutionLevel[] = ['province', 'city', 'county', 'township', 'village']

/** `centre`: the asker's institution reads for others and keeps the map. */
export function InstitutionTable({ centre }: { readonly centre: boolean }) {
  const say = useWords(settingsWords)
  const sayPlace = useWords(placeWords)
  const query = useInstitutions()
  const rows = query.data ?? none
  const places = useMemo(() => placesOf(rows), [rows])
  const names = new Map(rows.map(({ id, name }) => [id, name]))
  return (
    <>
      {centre && <OutlineCard places={places} />}
      <EditableTable<Institution>
        query={query}
        rowKey="code"
        empty={say('emptyInstitutions')}
        dialog={(institution, onClose) => <InstitutionDialog institution={institution} others={rows} onClose={onClose} />}
        columns={[
          { title: say('code'), dataIndex: 'code', render: (code: string) => <code>{code}</code> },
          { title: say('name'), dataIndex: 'name' },
          { title: say('level'), render: (_, { level }) => say(level) },
          { title: say('parent'), render: (_, { parent }) => (parent === null ? '' : (names.get(parent) ?? '')) },
          { title: say('phone'), dataIndex: 'phone', className: 'number' },
          { title: sayPlace('place'), className: 'number', render: (_, { place }) => placeText(place) },
          { title: '', render: (_, { readingCentre }) => readingCentre && <Tag color="blue">{say('readingCentre')}</Tag> },
        ]}
      />
    </>
  )
}

const none: readonly never[] = []
const placesOf = (rows: readonly Institution[]): Place[] => rows.flatMap(({ place }) => (place === null ? [] : [place]))
/** Degrees as maps print them: longitude first. */
const placeText = (place: Place | null): string => (place === null ? '—' : `${place.longitude.toFixed(3)}, ${place.latitude.toFixed(3)}`)

/** As the form has it. */
interface Entered extends Omit<Institution, 'place'> {
  readonly place: TypedPlace
}

interface DialogProps {
  readonly institution: Institution | null
  readonly others: readonly Institution[]
  readonly onClose: () => void
}

function InstitutionDialog({ institution, others, onClose }: DialogProps) {
  const say = useWords(settingsWords)
  const sayPlace = useWords(placeWords)
  const elsewhere = useMemo(() => placesOf(others.filter(({ id }) => id !== institution?.id)), [others, institution])
  const save = async ({ code, accessionPrefix, place, ...entered }: Entered) => {
    const body = { ...entered, accessionPrefix: accessionPrefix?.trim() || null, place: placeOf(place) }
    await request('PUT', `/api/institutions/${encodeURIComponent(code)}`, { body })
  }
  const required = { required: true, message: say('required') }
  return (
    <EditDialog<Entered>
      title={institution?.name}
      width={620}
      queryKey="institutions"
      nameOf={({ name }) => name}
      save={save}
      onClose={onClose}
      initialValues={{
        shortName: null,
        level: 'township',
        parent: null,
        readingCentre: false,
        address: null,
        phone: null,
        accessionPrefix: null,
        ...institution,
        place: typedPlace(institution?.place ?? null),
      }}
    >
      <div className="two-columns">
        <Form.Item
          name="code"
          label={say('code')}
          rules={[required, { pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, message: say('codeRule') }]}
        >
          <Input disabled={institution !== null} maxLength={32} />
        </Form.Item>
        <Form.Item name="level" label={say('level')}>
          <Select options={levels.map((value) => ({ value, label: say(value) }))} />
        </Form.Item>
        <Form.Item name="name" label={say('name')} rules={[required]}>
          <Input maxLength={64} />
        </Form.Item>
        <Form.Item name="shortName" label={say('shortName')}>
          <Input maxLength={32} />
        </Form.Item>
      </div>
      <Form.Item name="parent" label={say('parent')}>
        <Select
          showSearch={{ optionFilterProp: 'label' }}
          options={[
            { value: null, label: say('none') },
            ...others.filter(({ id }) => id !== institution?.id).map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
      </Form.Item>
      <div className="two-columns">
        <Form.Item name="address" label={say('place')}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="phone" label={say('phone')}>
          <Input maxLength={64} />
        </Form.Item>
      </div>
      <Form.Item
        name="place"
        label={sayPlace('place')}
        extra={sayPlace('placeHint')}
        rules={[{ validator: (_, typed: TypedPlace) => (isHalf(typed) ? Promise.reject(new Error(sayPlace('both'))) : Promise.resolve()) }]}
      >
        <PlaceField others={elsewhere} />
      </Form.Item>
      <Form.Item
        name="accessionPrefix"
        label={say('accessionPrefix')}
        extra={say('accessionPrefixHint')}
        normalize={(typed: string) => typed.toUpperCase()}
        rules={[{ pattern: /^[A-Z0-9]{1,4}$/, message: say('accessionPrefixRule') }]}
      >
        <Input maxLength={4} />
      </Form.Item>
      <Form.Item name="readingCentre" label={say('readingCentre')} valuePropName="checked" layout="horizontal">
        <Switch />
      </Form.Item>
    </EditDialog>
  )
}
