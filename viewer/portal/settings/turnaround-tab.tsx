/** The settings of the reading centre: times allowed, working hours, policies. reading.md §3.3. */
import './turnaround.css'
import { CalendarEditor } from './calendar-editor.tsx'
import { PoliciesForm } from './policies-form.tsx'
import { TurnaroundTable } from './turnaround-table.tsx'

export function TurnaroundTab() {
  return (
    <div className="turnaround">
      <TurnaroundTable />
      <CalendarEditor />
      <PoliciesForm />
    </div>
  )
}
