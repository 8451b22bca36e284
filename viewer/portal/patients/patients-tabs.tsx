/** Two views of one page: conflicts that wait, and patients. */
import { useWords } from '../language/language.tsx'
import { navigate } from '../shell/router.ts'
import { patientWords } from './words.ts'

const tabs = ['conflicts', 'patients'] as const

export function PatientsTabs({ page }: { page: (typeof tabs)[number] }) {
  const say = useWords(patientWords)
  return (
    <nav className="views">
      {tabs.map((tab) => (
        <button key={tab} type="button" aria-pressed={tab === page} onClick={() => navigate(`/${tab}`)}>
          {say(tab)}
        </button>
      ))}
    </nav>
  )
}
