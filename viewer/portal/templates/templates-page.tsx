/** 模板与短语: one's own, the centre's and the starters; proposals and the chief's word about them; export and import. */
import './templates.css'
import { App, Button, Input, Radio, Table, Tabs, Tag } from 'antd'
import { useRef, useState } from 'react'
import { isConflict, sentenceOf } from '../api/http.ts'
import type { Phrase, PhraseKind } from '../api/phrase-types.ts'
import { phrasesAddress, usePhraseDeed, usePhrases } from '../api/phrases.ts'
import { named } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { bodyPartPairs } from '../orders/procedures.ts'
import { Answer } from '../shell/answer.tsx'
import { Ask } from '../shell/ask.tsx'
import { navigate } from '../shell/router.ts'
import { PhraseForm, type Written } from './phrase-form.tsx'
import { templateWords } from './words.ts'

type Scope = 'all' | Phrase['scope'] | 'proposed'
/** `edit`: changed where it stands; else written anew, in the place of `replaces`. */
type Writing = { readonly from: Partial<Phrase>; readonly edit: Phrase | null; readonly replaces: string | null; readonly centre: boolean }

export function TemplatesPage({ tab }: { readonly tab: string }) {
  const say = useWords(templateWords)
  const kind: PhraseKind = tab === 'macros' ? 'macro' : 'template'
  return (
    <div className="templates-page">
      <h1>{say('title')}</h1>
      <Tabs
        activeKey={kind}
        onChange={(key) => navigate(key === 'macro' ? '/templates/macros' : '/templates')}
        destroyOnHidden
        items={[
          { key: 'template', label: say('templates'), children: <Phrases kind="template" /> },
          { key: 'macro', label: say('macros'), children: <Phrases kind="macro" /> },
        ]}
      />
    </div>
  )
}

function Phrases({ kind }: { readonly kind: PhraseKind }) {
  const say = useWords(templateWords)
  const { language } = useLanguage()
  const { message, modal } = App.useApp()
  const query = usePhrases(kind)
  const deed = usePhraseDeed()
  const [search, setSearch] = useState('')
  const [scope, setScope] = useState<Scope>('all')
  const [writing, setWriting] = useState<Writing | null>(null)
  const [refusing, setRefusing] = useState<Phrase | null>(null)
  const file = useRef<HTMLInputElement>(null)
  const address = phrasesAddress(kind)

  const carryOut = async (asked: Parameters<typeof deed.mutateAsync>[0], told: string): Promise<boolean> => {
    try {
      await deed.mutateAsync(asked)
      message.success(told)
      return true
    } catch (error) {
      message.error(isConflict(error) ? say('changed') : sentenceOf(error, language))
      return false
    }
  }
  const save = async ({ text, centre }: Written) => {
    if (writing === null) return
    const { edit, replaces } = writing
    const asked = edit
      ? { method: 'PUT', path: `${address}/${edit.id}`, body: text, rev: edit.rev }
      : { method: 'POST', path: address, body: { ...text, scope: centre ? 'centre' : 'user', replaces: centre ? replaces : null } }
    if (await carryOut(asked, say(centre && !edit ? 'proposed' : 'saved'))) setWriting(null)
  }
  const bring = async (chosen: File) => {
    try {
      const { format, items } = JSON.parse(await chosen.text()) as { format: unknown; items: unknown }
      if (typeof format !== 'string' || !Array.isArray(items)) return void message.error(say('importBad'))
      const { added, same } = (await deed.mutateAsync({
        method: 'POST',
        path: `${address}/import`,
        body: { format, items, scope: 'user' },
      })) as { added: number; same: number }
      message.success(say('imported', { added, same }))
    } catch (error) {
      message.error(error instanceof SyntaxError ? say('importBad') : sentenceOf(error, language))
    }
  }
  const deeds: Readonly<Record<string, (phrase: Phrase) => void>> = {
    edit: (phrase) =>
      setWriting(
        phrase.scope === 'starter'
          ? { from: phrase, edit: null, replaces: phrase.id, centre: true }
          : { from: phrase, edit: phrase, replaces: phrase.replaces, centre: phrase.scope === 'centre' },
      ),
    propose: (phrase) => setWriting({ from: phrase, edit: null, replaces: phrase.scope === 'user' ? null : phrase.id, centre: true }),
    approve: (phrase) => void carryOut({ method: 'POST', path: `${address}/${phrase.id}/approve`, body: {} }, say('decided')),
    refuse: setRefusing,
    hide: (phrase) => void carryOut({ method: 'POST', path: `${address}/${encodeURIComponent(phrase.id)}/hide`, body: {} }, say('decided')),
    show: (phrase) => void carryOut({ method: 'DELETE', path: `${address}/${phrase.id}` }, say('decided')),
    delete: (phrase) =>
      modal.confirm({
        title: say('deleteAsk', { title: phrase.title }),
        okText: say('delete'),
        okButtonProps: { danger: true },
        onOk: () => carryOut({ method: 'DELETE', path: `${address}/${phrase.id}` }, say('decided')),
      }),
  }
  const asked = search.trim().toLowerCase()
  const fits = (phrase: Phrase): boolean =>
    (scope === 'all' || (scope === 'proposed' ? phrase.state === 'proposed' : phrase.scope === scope)) &&
    (asked === '' ||
      phrase.title.toLowerCase().includes(asked) ||
      phrase.initials.includes(asked) ||
      phrase.abbreviation.includes(asked) ||
      Object.values(phrase.sections).some((text) => text.includes(asked)))
  return (
    <Answer query={query}>
      {(phrases) => {
        const proposed = phrases.filter(({ state }) => state === 'proposed').length
        return (
          <>
            <div className="templates-bar">
              <Input.Search
                allowClear
                aria-label={say('search')}
                placeholder={say('search')}
                value={search}
                onChange={({ target }) => setSearch(target.value)}
              />
              <Radio.Group
                optionType="button"
                value={scope}
                onChange={({ target }) => setScope(target.value as Scope)}
                options={[
                  { value: 'all', label: say('any') },
                  { value: 'user', label: say('scope_user') },
                  { value: 'centre', label: say('scope_centre') },
                  { value: 'starter', label: say('scope_starter') },
                  ...(proposed > 0 ? [{ value: 'proposed', label: say('waiting', { count: proposed }) }] : []),
                ]}
              />
              <span className="templates-space" />
              <Button href={`${address}/export`}>{say('export')}</Button>
              <Button onClick={() => file.current?.click()}>{say('import')}</Button>
              <input
                ref={file}
                type="file"
                hidden
                accept="application/json,.json"
                onChange={({ target }) => {
                  const [chosen] = target.files ?? []
                  if (chosen) void bring(chosen)
                  target.value = ''
                }}
              />
              <Button type="primary" onClick={() => setWriting({ from: {}, edit: null, replaces: null, centre: false })}>
                {say('new')}
              </Button>
            </div>
            <Table<Phrase>
              size="small"
              rowKey="id"
              dataSource={phrases.filter(fits)}
              locale={{ emptyText: say('none') }}
              pagination={{ defaultPageSize: 50, showSizeChanger: true, hideOnSinglePage: true }}
              expandable={{
                expandedRowRender: ({ sections }) => (
                  <div className="phrase-text">
                    {Object.entries(sections).map(([name, text]) => (
                      <p key={name}>{text}</p>
                    ))}
                  </div>
                ),
              }}
              columns={[
                { title: say('name'), dataIndex: 'title' },
                { title: say('abbreviation'), dataIndex: 'abbreviation', width: 110, render: (text: string) => <code>{text}</code> },
                { title: say('modality'), dataIndex: 'modality', width: 90 },
                {
                  title: say('bodyPart'),
                  dataIndex: 'bodyPart',
                  width: 120,
                  render: (part: string) => named(bodyPartPairs, part, language),
                },
                { title: say('sex'), dataIndex: 'sex', width: 60 },
                {
                  title: say('ageBand'),
                  dataIndex: 'ageBand',
                  width: 140,
                  render: (band: Phrase['ageBand']) => band !== '' && say(`age_${band}`),
                },
                { title: say('scope'), width: 80, render: (_, phrase) => say(`scope_${phrase.scope}`) },
                {
                  title: say('state'),
                  width: 170,
                  render: (_, { state, by, reason }) => (
                    <>
                      {state === 'approved' ? say('state_approved') : <Tag color="warning">{say(`state_${state}`)}</Tag>}
                      {state === 'proposed' && by && <span className="quiet">{say('by', { name: by })}</span>}
                      {state === 'refused' && reason && <span className="quiet">{reason}</span>}
                    </>
                  ),
                },
                { title: say('uses'), dataIndex: 'uses', width: 64, align: 'right', className: 'number' },
                {
                  width: 240,
                  render: (_, phrase) => (
                    <>
                      {phrase.verbs.map(
                        (verb) =>
                          deeds[verb] && (
                            <Button key={verb} size="small" type="link" onClick={() => deeds[verb]?.(phrase)}>
                              {say(verb as 'edit')}
                            </Button>
                          ),
                      )}
                      {phrase.scope !== 'user' && phrase.state === 'approved' && (
                        <Button
                          size="small"
                          type="link"
                          onClick={() => setWriting({ from: phrase, edit: null, replaces: null, centre: false })}
                        >
                          {say('copy')}
                        </Button>
                      )}
                    </>
                  ),
                },
              ]}
            />
            {writing && (
              <PhraseForm
                kind={kind}
                from={writing.from}
                centre={writing.centre}
                mayPropose={writing.edit === null}
                busy={deed.isPending}
                onSave={(written) => void save(written)}
                onCancel={() => setWriting(null)}
              />
            )}
            <Ask
              open={refusing !== null}
              title={say('refuseAsk', { title: refusing?.title ?? '' })}
              ok={say('refuse')}
              busy={deed.isPending}
              fields={[{ name: 'reason', label: say('refuse'), required: true }]}
              onOk={async ({ reason }) => {
                if (await carryOut({ method: 'POST', path: `${address}/${refusing?.id}/refuse`, body: { reason } }, say('decided')))
                  setRefusing(null)
              }}
              onCancel={() => setRefusing(null)}
            />
          </>
        )
      }}
    </Answer>
  )
}
