/** The ward's entry: no Ant Design, no WebGL, small enough for a ten-year-old PC. */
import './ward.css'
import { createRoot } from 'react-dom/client'
import { LanguageProvider } from '../language/language.tsx'
import { Ward } from './ward.tsx'

createRoot(document.getElementById('root')!).render(
  <LanguageProvider>
    <Ward />
  </LanguageProvider>,
)
