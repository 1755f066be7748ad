/** A finished escort, told by the company: title, text, service, day. */
Component({
  properties: { story: Object },
})
