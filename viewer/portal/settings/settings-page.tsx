/** The administrator's pages: devices, accounts, audit. */
import './settings.css'
import { Tabs } from 'antd'
import { useWords } from '../language/language.tsx'
import { navigate } from '../shell/router.ts'
import { AccountTable } from './account-table.tsx'
import { AETable } from './ae-table.tsx'
import { AuditList } from './audit-list.tsx'
import { InstitutionTable } from './institution-table.tsx'
import { settingsWords } from './words.ts'

export function SettingsPage({ tab }: { tab: string }) {
  const say = useWords(settingsWords)
  return (
    <div className="settings">
      <Tabs
        activeKey={tab || 'ae'}
        onChange={(key) => navigate(`/settings/${key}`)}
        destroyOnHidden
        items={[
          { key: 'ae', label: say('ae'), children: <AETable /> },
          { key: 'institutions', label: say('institutions'), children: <InstitutionTable /> },
          { key: 'accounts', label: say('accounts'), children: <AccountTable /> },
          { key: 'audit', label: say('audit'), children: <AuditList /> },
        ]}
      />
    </div>
  )
}
