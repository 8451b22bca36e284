/** What to type into a machine so that it finds the archive, ready to be copied. */
import { useQuery } from '@tanstack/react-query'
import { Typography } from 'antd'
import { request } from '../api/http.ts'
import { useWords } from '../language/language.tsx'
import { settingsWords } from './words.ts'

interface OurAE {
  readonly AETitle: string
  /** Null: the archive listens at every address of its machine, or at none but its own. */
  readonly host: string | null
  readonly port: number
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
  // The name in our own address is the one to type, unless this browser runs on the server itself.
  const heard = host ?? (/^(localhost|127\..*|\[?::1\]?)$/.test(location.hostname) ? null : location.hostname)
  const facts: readonly (readonly [keyof typeof settingsWords, string])[] = [
    ['ourAETitle', AETitle],
    ...(heard === null ? [] : [['ourHost', heard] as const]),
    ['ourPort', String(port)],
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
              <Typography.Text code copyable={{ text: value, tooltips: [say('copy'), say('copied')] }}>
                {value}
              </Typography.Text>
            </dd>
          </div>
        ))}
        {heard === null && (
          <div>
            <dt>{say('ourHost')}</dt>
            <dd className="quiet">{say('ourHostUnknown')}</dd>
          </div>
        )}
      </dl>
      <p className="quiet">{say('ourAddressHint')}</p>
    </section>
  )
}
