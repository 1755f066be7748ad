/** Half-width, without what nobody sees: zero-width characters and marks of direction come along with pasted text. */
function fold(text) {
  return String(text || '')
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/g, '')
    .replace(/[\u2010-\u2015\u2212\u30fc]/g, '-')
    .replace(/\u3000/g, ' ')
}

module.exports = { fold }
