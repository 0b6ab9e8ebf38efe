{{- define "reward-outbox.name" -}}
{{- if eq .Release.Name "reward-outbox" -}}
reward-outbox
{{- else -}}
{{- printf "%s-reward-outbox" .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "reward-outbox.selector" -}}
app.kubernetes.io/name: reward-outbox
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "reward-outbox.labels" -}}
{{ include "reward-outbox.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "reward-outbox.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}
