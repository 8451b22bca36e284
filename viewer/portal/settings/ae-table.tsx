/** The Application Entities that may talk to the archive: what each may do, when it was last seen, and whether it answers. */
import { useQuery } from '@tanstack/react-query'
import { Tag } from 'antd'
import { request } from '../api/http.ts'
import type { AE } from '../api/types.ts'
import { exactTime, relativeTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { listed } from '../language/words.ts'
import { useNow } from '../shell/now.ts'
import { AEDialog } from './ae-dialog.tsx'
import { Commitments } from './commitments.tsx'
import { Echo } from './echo.tsx'
import { EditableTable } from './editable.tsx'
import { OurAddress } from './our-address.tsx'
import { settingsWords } from './words.ts'

const permissions = ['mayStore', 'mayQuery', 'mayRetrieve', 'mayWorklist', 'mayReject'] as const

export function AETable() {
  const say = useWords(settingsWords)
  const { language } = useLanguage()
  const now = useNow()
  const query = useQuery({ queryKey: ['ae'], queryFn: () => request<readonly AE[]>('GET', '/api/ae') })
  return (
    <>
      <OurAddress />
      <EditableTable<AE>
        query={query}
        rowKey="title"
        empty={say('emptyAE')}
        dialog={(ae, onClose) => <AEDialog ae={ae} onClose={onClose} />}
        columns={[
          {
            title: say('AETitle'),
            render: (_, { title, description, enabled }) => (
              <>
                <code>{title}</code> {!enabled && <Tag>{say('disabled')}</Tag>}
                <div className="quiet">{description}</div>
              </>
            ),
          },
          { title: say('institution'), render: (_, ae) => ae.institution?.name ?? say('none') },
          {
            title: say('rule'),
            render: (_, ae) => (
              <>
                <Tag color={ae.readAtCounty ? 'blue' : 'default'}>{say(ae.readAtCounty ? 'readAtCounty' : 'readHere')}</Tag>
                {ae.readAtCounty && <div className="quiet number">{say('quietAfter', { n: ae.quietSeconds })}</div>}
              </>
            ),
          },
          {
            title: say('may'),
            render: (_, ae) =>
              listed(
                permissions.filter((name) => ae[name]).map((name) => say(`${name} short`)),
                language,
              ) || say('none'),
          },
          {
            title: say('characterSets'),
            render: (_, ae) => (
              <>
                {say(`set ${ae.worklistCharacterSet}`)}
                {ae.fallbackCharacterSet && <div className="quiet">{say('fallbackIs', { set: ae.fallbackCharacterSet })}</div>}
              </>
            ),
          },
          {
            title: say('host'),
            className: 'number',
            render: (_, ae) => (
              <>
                {ae.host ? `${ae.host}:${ae.port ?? ''}` : ''} {ae.tls && <Tag>TLS</Tag>}
              </>
            ),
          },
          {
            title: say('lastSeen'),
            render: (_, ae) => (
              <span title={exactTime(ae.lastSeen)}>{ae.lastSeen ? relativeTime(ae.lastSeen, now, language) : say('never')}</span>
            ),
          },
          { title: say('echo'), render: (_, ae) => <Echo ae={ae} /> },
        ]}
      />
      <Commitments devices={query.data ?? []} />
    </>
  )
}
