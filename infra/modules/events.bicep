// The topic that every event goes to, as CloudEvents 1.0.
param name string
param location string
param tags object
param workspaceId string
param appPrincipalId string
param closed bool

var dataSender = 'd5a91429-5739-47e2-a06b-3470a27159e7'

resource topic 'Microsoft.EventGrid/topics@2025-04-01-preview' = {
  // checkov:skip=CKV_AZURE_193:closed by the parameter privateNetwork, which production.parameters.json sets
  // checkov:skip=CKV_AZURE_191:the topic calls nobody by itself; subscriptions that deliver with an identity add theirs
  name: name
  location: location
  tags: tags
  properties: {
    inputSchema: 'CloudEventSchemaV1_0'
    disableLocalAuth: true
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: closed ? 'Disabled' : 'Enabled'
  }
}

// Sends, and does nothing else.
resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: topic
  name: guid(topic.id, appPrincipalId, dataSender)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataSender)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource failures 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: topic
  name: 'failures'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'DeliveryFailures'
        enabled: true
      }
      {
        category: 'PublishFailures'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output id string = topic.id
output endpoint string = topic.properties.endpoint
