/** The administrator's pages: devices, institutions, times, accounts, audit. The chief of a reading centre has the times alone. */
import './settings.css'
import { Tabs } from 'antd'
import type { Account } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import { has } from '../session/session.ts'
import { navigate } from '../shell/router.ts'
import { AccountTable } from './account-table.tsx'
import { AETable } from './ae-table.tsx'
import { AuditList } from './audit-list.tsx'
import { InstitutionTable } from './institution-table.tsx'
import { TurnaroundTab } from './turnaround-tab.tsx'
import { turnaroundWords } from './turnaround-words.ts'
import { settingsWords } from './words.ts'

export function SettingsPage({ account, tab }: { readonly account: Account; readonly tab: string }) {
  const say = useWords(settingsWords)
  const sayTurnaround = useWords(turnaroundWords)
  const turnaround = { key: 'turnaround', label: sayTurnaround('tab'), children: <TurnaroundTab /> }
  const centre = account.institution.readingCentre ? [turnaround] : []
  const tabs = has(account, 'administrator')
    ? [
        { key: 'ae', label: say('ae'), children: <AETable /> },
        { key: 'institutions', label: say('institutions'), children: <InstitutionTable centre={account.institution.readingCentre} /> },
        ...centre,
        { key: 'accounts', label: say('accounts'), children: <AccountTable /> },
        { key: 'audit', label: say('audit'), children: <AuditList /> },
      ]
    : [turnaround]
  return (
    <div className="settings">
      <Tabs
        activeKey={tabs.some(({ key }) => key === tab) ? tab : tabs[0]!.key}
        onChange={(key) => navigate(`/settings/${key}`)}
        destroyOnHidden
        items={tabs}
      />
    </div>
  )
}
