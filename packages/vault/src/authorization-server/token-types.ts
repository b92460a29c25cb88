/** Token type URIs of RFC 8693 section 3. */
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token'
export const REFRESH_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:refresh_token'
export const ID_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:id_token'
export const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt'

/** What a JWT may be declared as. */
export const JWT_TOKEN_TYPES: readonly string[] = [ACCESS_TOKEN_TYPE, JWT_TYPE, ID_TOKEN_TYPE]
