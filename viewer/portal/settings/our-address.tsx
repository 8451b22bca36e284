/** What to type into a machine so that it finds the archive, ready to be copied. */
import { useQuery } from '@tanstack/react-query'
import { Alert, Typography } from 'antd'
import { request } from '../api/http.ts'
import { useWords } from '../language/language.tsx'
import { isLoopback, reachableHost } from './ae-rules.ts'
import { settingsWords } from './words.ts'

interface OurAE {
  readonly AETitle: string
  /** The address that associations are accepted on; `0.0.0.0` and `::` are all of the server's. */
  readonly host: string
  /** Null: none in the clear. */
  readonly port: number | null
  readonly tlsPort: number | null
}

export function OurAddress() {
  const say = useWords(settingsWords)
  const query = useQuery({
    queryKey: ['ae-self'],
    queryFn: () => request<OurAE>('GET', '/api/ae/self'),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (!query.data) return null
  const { AETitle, host, port, tlsPort } = query.data
  const heard = reachableHost(host, location.hostname)
  const facts: readonly (readonly [keyof typeof settingsWords, string | null])[] = [
    ['ourAETitle', AETitle],
    ['ourHost', heard],
    ...(port === null ? [] : [['ourPort', String(port)] as const]),
    ...(tlsPort === null ? [] : [['ourTLSPort', String(tlsPort)] as const]),
  ]
  return (
    <section className="our-address">
      <h2>{say('ourAddress')}</h2>
      <dl>
        {facts.map(([key, value]) => (
          <div key={key}>
            <dt>{say(key)}</dt>
            <dd>
              {value === null ? (
                <span className="quiet">{say('ourHostUnknown')}</span>
              ) : (
                <Typography.Text code copyable={{ text: value, tooltips: [say('copy'), say('copied')] }}>
                  {value}
                </Typography.Text>
              )}
            </dd>
          </div>
        ))}
      </dl>
      <p className="quiet">{say('ourAddressHint')}</p>
      {isLoopback(host) && <Alert type="warning" showIcon title={say('ourHostLoopback', { host })} />}
    </section>
  )
}
