/**
 * Secure transport: the BCP 195 profiles of PS3.15 Annex B (TLS 1.2 and later, forward secrecy, authenticated encryption), for who calls us and whom we call.
 * Files are read once, at the start; what is wrong with them is said in one sentence.
 */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type ConnectionOptions, createSecureContext, type SecureContextOptions, type TlsOptions } from 'node:tls'
import { ArchiveError } from '../../archive/errors.ts'

/** Certificate files that cannot be used; the sentence names setting, file and fault. */
export class CertificatesUnusable extends ArchiveError {}

export interface CertificateFiles {
  /** Ours, with its chain, and its key. Both or none. */
  readonly DICOM_TLS_CERT?: string | undefined
  readonly DICOM_TLS_KEY?: string | undefined
  /** Whom we believe: who signed the certificates of the equipment. */
  readonly DICOM_TLS_CA?: string | undefined
}

export interface SecureTransport {
  /** For who calls us. */
  server(options: { readonly clientCertificates: boolean }): TlsOptions
  /** For whom we call. */
  readonly client: ConnectionOptions
}

/** RFC 9325 §4.2, what of it DCMTK's and the modalities' profile has; TLS 1.3 brings its own. */
const ciphers = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'DHE-RSA-AES256-GCM-SHA384',
  'DHE-RSA-AES128-GCM-SHA256',
].join(':')

const profile = { minVersion: 'TLSv1.2', ciphers, dhparam: 'auto' } as const

/** @throws CertificatesUnusable */
export function secureTransport(files: CertificateFiles): SecureTransport {
  const read = (setting: keyof CertificateFiles): Buffer | undefined => {
    const path = files[setting]
    if (path === undefined) return undefined
    try {
      return readFileSync(path)
    } catch (cause) {
      throw new CertificatesUnusable(`${setting}=${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause })
    }
  }
  const own: SecureContextOptions = omitAbsent({ cert: read('DICOM_TLS_CERT'), key: read('DICOM_TLS_KEY') })
  const ca = read('DICOM_TLS_CA')
  if (own.cert !== undefined) demandCertificates(own.cert as Buffer, 'DICOM_TLS_CERT', files)
  if (ca !== undefined) demandCertificates(ca, 'DICOM_TLS_CA', files)
  try {
    createSecureContext({ ...profile, ...own })
  } catch (cause) {
    const { DICOM_TLS_CERT, DICOM_TLS_KEY } = files
    const fault = `${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message}`
    throw new CertificatesUnusable(
      `DICOM_TLS_KEY=${DICOM_TLS_KEY} is no key for the certificate DICOM_TLS_CERT=${DICOM_TLS_CERT} (${fault})`,
      {
        cause,
      },
    )
  }
  const trusted = omitAbsent({ ca })
  return {
    server: ({ clientCertificates }) => ({
      ...profile,
      ...own,
      ...trusted,
      requestCert: clientCertificates,
      rejectUnauthorized: clientCertificates,
    }),
    client: {
      ...profile,
      ...own,
      ...trusted,
      // Equipment stands in the register by its address; its certificate names it in whatever way its maker does. Who signed it is what counts.
      ...(ca !== undefined && { checkServerIdentity: () => undefined }),
    },
  }
}

const omitAbsent = <T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: NonNullable<T[K]> }

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

function demandCertificates(pem: Buffer, setting: keyof CertificateFiles, files: CertificateFiles): void {
  const found = pem.toString('latin1').match(pemCertificate) ?? []
  if (found.length === 0) throw new CertificatesUnusable(`${setting}=${files[setting]} holds no certificate in PEM`)
  for (const one of found) {
    try {
      const { validTo } = new X509Certificate(one)
      // An authority that has expired is kept for those that were renewed beside it in the file.
      if (setting === 'DICOM_TLS_CERT' && one === found[0] && new Date(validTo) < new Date())
        throw new CertificatesUnusable(`${setting}=${files[setting]} expired on ${validTo}`)
    } catch (cause) {
      if (cause instanceof CertificatesUnusable) throw cause
      throw new CertificatesUnusable(`${setting}=${files[setting]} holds a certificate that cannot be read`, { cause })
    }
  }
}
