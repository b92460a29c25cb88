/** How a person makes this machine trust a certificate authority, and how to undo it: a command each. */
export interface TrustInstructions {
  readonly trust: string
  readonly undo: string
  /** Who asks a list of its own; `undefined` where browsers ask the system's. */
  readonly note?: string | undefined
}

/** For macOS and Windows; anything else is taken for a Linux of Debian's family. */
export function trustInstructions(
  platform: NodeJS.Platform,
  { file, name }: { readonly file: string; readonly name: string },
): TrustInstructions {
  if (platform === 'darwin') {
    return {
      trust: `security add-trusted-cert -k ~/Library/Keychains/login.keychain-db ${quote(file)}`,
      undo: `security delete-certificate -t -c "${name}"`,
    }
  }
  if (platform === 'win32') {
    return {
      trust: `certutil -user -addstore Root "${file}"`,
      undo: `certutil -user -delstore Root "${name}"`,
    }
  }
  const installed = `/usr/local/share/ca-certificates/${name.toLowerCase().replaceAll(' ', '-')}.crt`
  return {
    trust: `sudo cp ${quote(file)} ${installed} && sudo update-ca-certificates`,
    undo: `sudo rm ${installed} && sudo update-ca-certificates --fresh`,
    note: `Chrome and Firefox have lists of their own here: import ${file} in their settings, under certificates, authorities.`,
  }
}

/** The line by which a shell tells the Node processes it starts to trust the authority. */
export function nodeTrustLine(platform: NodeJS.Platform, file: string): string {
  return platform === 'win32'
    ? `$env:NODE_EXTRA_CA_CERTS = "${file}"`
    : `export NODE_EXTRA_CA_CERTS=${quote(file)}`
}

/** As one word of a POSIX shell. */
function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
