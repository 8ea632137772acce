import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/** What RegisterUsage answers, verified as a seller would in a container: PS256 is RSA-PSS with SHA-256 and a salt of 32 bytes. */
final class Token {
    private static final PSSParameterSpec PS256 =
            new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1);

    private Token() {}

    static boolean isSignedBy(String pem, String token) {
        int end = token.lastIndexOf('.');
        try {
            Signature signature = Signature.getInstance("RSASSA-PSS");
            signature.setParameter(PS256);
            signature.initVerify(publicKeyOf(pem));
            signature.update(token.substring(0, end).getBytes(StandardCharsets.UTF_8));
            return signature.verify(Base64.getUrlDecoder().decode(token.substring(end + 1)));
        } catch (GeneralSecurityException error) {
            return false;
        }
    }

    private static PublicKey publicKeyOf(String pem) throws GeneralSecurityException {
        byte[] bytes = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        return KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(bytes));
    }
}
