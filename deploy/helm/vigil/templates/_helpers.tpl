{{- define "vigil.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "vigil.labels" -}}
app.kubernetes.io/name: vigil
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "vigil.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{ .Values.image.repository }}:{{ $tag }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end -}}

{{- define "vigil.claim" -}}
{{ .Values.persistence.existingClaim | default (printf "%s-data" (include "vigil.name" .)) }}
{{- end -}}

{{- define "vigil.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
# Once, on the empty volume: later it would make key files readable to the group.
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "vigil.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- define "vigil.mounts" -}}
- { name: data, mountPath: /data }
- { name: tmp, mountPath: /tmp }
- { name: secrets, mountPath: /run/secrets/vigil, readOnly: true }
{{- end -}}

{{- define "vigil.volumes" -}}
- name: data
  persistentVolumeClaim: { claimName: {{ include "vigil.claim" . }} }
- name: tmp
  emptyDir: { medium: Memory, sizeLimit: 64Mi }
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      - secret: { name: {{ .Values.secrets.hubPlatform.name }}, items: [{ key: {{ .Values.secrets.hubPlatform.key }}, path: hub-platform }] }
      - secret: { name: {{ .Values.secrets.hubWatchdog.name }}, items: [{ key: {{ .Values.secrets.hubWatchdog.key }}, path: hub-watchdog }] }
      - secret: { name: {{ .Values.secrets.smtpUrl.name }}, items: [{ key: {{ .Values.secrets.smtpUrl.key }}, path: smtp-url }] }
      - secret: { name: {{ .Values.secrets.tls.name }}, items: [{ key: tls.crt, path: tls.crt }, { key: tls.key, path: tls.key }] }
      {{- range $setting, $ref := .Values.secretSettings }}
      - secret: { name: {{ $ref.name }}, items: [{ key: {{ $ref.key }}, path: {{ $setting }} }] }
      {{- end }}
      # The authority, where that is a private one.
      - secret: { name: {{ .Values.secrets.tls.name }}, optional: true, items: [{ key: ca.crt, path: ca.crt }] }
{{- end -}}
