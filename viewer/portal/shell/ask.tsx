/** A question before a deed: the patient's name stands in its title; a reason or a password where the deed needs one. */
import { Form, Input, Modal } from 'antd'
import type { ReactNode } from 'react'
import { useWords } from '../language/language.tsx'
import { shellWords } from './words.ts'

interface Field {
  readonly name: 'reason' | 'password'
  readonly label: string
  readonly required: boolean
}

export interface Given {
  readonly reason?: string
  readonly password?: string
}

interface Props {
  readonly open: boolean
  readonly title: string
  readonly ok: string
  /** Where the deed itself is a cancelling, 取消 beside it would be read as the deed. */
  readonly leave?: string
  readonly busy: boolean
  /** There is nothing to do it to. */
  readonly disabled?: boolean
  readonly fields: readonly Field[]
  /** What it does cannot be undone by one press. */
  readonly danger?: boolean
  readonly width?: number
  readonly children?: ReactNode
  readonly onOk: (given: Given) => void
  readonly onCancel: () => void
}

export function Ask({
  open,
  title,
  ok,
  leave,
  busy,
  disabled = false,
  fields,
  danger = false,
  width = 480,
  children,
  onOk,
  onCancel,
}: Props) {
  const say = useWords(shellWords)
  const [form] = Form.useForm<Given>()
  return (
    <Modal
      open={open}
      title={title}
      okText={ok}
      {...(leave === undefined ? {} : { cancelText: leave })}
      okButtonProps={{ danger, disabled }}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onCancel}
      destroyOnHidden
      width={width}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        preserve={false}
        onFinish={onOk}
        // A reason is written in a field of several lines: Enter begins a new one.
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing || busy || disabled) return
          event.preventDefault()
          form.submit()
        }}
      >
        {children}
        {fields.map(({ name, label, required }, index) => (
          <Form.Item key={name} name={name} label={label} rules={[{ required, whitespace: true, message: say('reasonNeeded') }]}>
            {name === 'password' ? (
              <Input.Password autoFocus={index === 0} autoComplete="current-password" />
            ) : (
              <Input.TextArea autoFocus={index === 0} autoSize={{ minRows: 2, maxRows: 6 }} maxLength={500} />
            )}
          </Form.Item>
        ))}
      </Form>
    </Modal>
  )
}
