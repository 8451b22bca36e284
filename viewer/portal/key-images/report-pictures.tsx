/** The key images of a signed report, as they are printed: the server's own pictures, with window and marks burned in. */
import './picture.css'
import type { Report } from '../api/types.ts'
import { useLanguage } from '../language/language.tsx'

export function ReportPictures({ report }: { report: Pick<Report, 'id' | 'keyImages'> }) {
  const { language } = useLanguage()
  if (!report.keyImages || report.keyImages.length === 0) return null
  return (
    <div className="report-pictures">
      {report.keyImages.map(({ SOPInstanceUID, frame, caption }, index) => {
        const title = `${language === 'zh' ? '图' : 'Fig.'} ${index + 1}`
        const address = `/api/reports/${encodeURIComponent(report.id)}/images/${index + 1}`
        return (
          <figure key={`${SOPInstanceUID} ${frame}`}>
            <a href={address} target="_blank" rel="noreferrer">
              <img src={address} alt={`${title} ${caption}`} loading="lazy" />
            </a>
            <figcaption>
              {title} {caption}
            </figcaption>
          </figure>
        )
      })}
    </div>
  )
}
