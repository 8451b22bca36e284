/** The studies of one patient; each can be corrected, or given to whom it belongs. */
import { Button, Space, Table, Tag } from 'antd'
import type { PatientStudy } from '../api/patient-types.ts'
import { dicomDate } from '../clock.ts'
import { useWords } from '../language/language.tsx'
import { navigate } from '../shell/router.ts'
import { patientWords } from './words.ts'

interface Props {
  readonly studies: readonly PatientStudy[]
  readonly onMove: (study: PatientStudy) => void
}

export function PatientStudies({ studies, onMove }: Props) {
  const say = useWords(patientWords)
  return (
    <section>
      <h2>
        {say('studiesOf')} <span className="number quiet">{studies.length}</span>
      </h2>
      <Table<PatientStudy>
        rowKey="StudyInstanceUID"
        size="small"
        pagination={false}
        dataSource={[...studies]}
        locale={{ emptyText: say('noStudies') }}
        onRow={(study) => ({ 'data-study': study.StudyInstanceUID }) as object}
        columns={[
          { title: say('date'), className: 'number', render: (_, { StudyDate }) => dicomDate(StudyDate) },
          {
            title: say('exam'),
            render: (_, { modality, StudyDescription, corrected }) => (
              <>
                <span className="modality">{modality}</span> {StudyDescription} {corrected && <Tag>{say('corrected')}</Tag>}
              </>
            ),
          },
          { title: say('accession'), dataIndex: 'AccessionNumber', className: 'number' },
          {
            title: say('name'),
            render: (_, { name, PatientID }) => (
              <>
                {name} <span className="quiet number">{PatientID}</span>
              </>
            ),
          },
          { title: say('site'), render: (_, { institution }) => institution.name },
          { title: say('images'), dataIndex: 'instances', className: 'number', align: 'right' },
          {
            title: '',
            align: 'right',
            render: (_, study) => (
              <Space>
                <Button size="small" onClick={() => navigate(`/corrections/${study.StudyInstanceUID}`)}>
                  {say('correctStudy')}
                </Button>
                <Button size="small" onClick={() => onMove(study)}>
                  {say('match')}…
                </Button>
              </Space>
            ),
          },
        ]}
      />
    </section>
  )
}
