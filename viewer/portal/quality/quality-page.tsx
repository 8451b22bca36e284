/** 质控: peer review, drawings, quality events, follow-up. reading.md §6.5. */
import './quality.css'
import { Tabs } from 'antd'
import type { Account } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import { has } from '../session/session.ts'
import { navigate } from '../shell/router.ts'
import { QualityEvents } from './events.tsx'
import { FollowUps } from './follow-ups.tsx'
import { PeerList } from './peer-list.tsx'
import { Samples } from './samples.tsx'
import { qualityWords } from './words.ts'

export function QualityPage({ account, tab }: { account: Account; tab: string }) {
  const say = useWords(qualityWords)
  const controls = has(account, 'quality', 'chief')
  const reads = has(account, 'radiologist', 'reviewer', 'chief')
  const sees = controls || has(account, 'coordinator', 'administrator', 'technologist')
  const tabs = [
    ...(controls || has(account, 'reviewer') ? [{ key: 'peers', label: say('peers'), children: <PeerList mine={false} /> }] : []),
    ...(reads ? [{ key: 'mine', label: say('mine'), children: <PeerList mine /> }] : []),
    ...(controls ? [{ key: 'samples', label: say('samples'), children: <Samples /> }] : []),
    ...(sees ? [{ key: 'events', label: say('events'), children: <QualityEvents mayNote={controls} /> }] : []),
    { key: 'follow-ups', label: say('followUps'), children: <FollowUps /> },
  ]
  return (
    <div className="quality">
      <Tabs
        activeKey={tabs.find(({ key }) => key === tab)?.key ?? tabs[0]!.key}
        onChange={(key) => navigate(`/quality/${key}`)}
        destroyOnHidden
        items={tabs}
      />
    </div>
  )
}
